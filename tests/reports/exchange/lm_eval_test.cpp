// lm-eval's sample logs, read; and a run written as one.
#include <nlohmann/json.hpp>

#include "reports/exchange/lm_eval_read.h"
#include "reports/exchange/lm_eval_write.h"
#include "tests/reports/exchange/foreign_log.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::reports;
using namespace proctor::reports::exchange;
using proctor::support::TempDir;

namespace {

constexpr const char* kName = "samples_sums_easy_2025-01-02T03-04-05.678901.jsonl";

std::string row(int doc, const char* filter, const std::string& rest) {
  return R"({"doc_id":)" + std::to_string(doc) + R"(,"doc":{"question":"What is 1+)" +
         std::to_string(doc) +
         R"(?","level":"2"},"target":"3","arguments":{"gen_args_0":{"arg_0":"Q: ...",)"
         R"("arg_1":{"temperature":0.5}}},"filter":")" +
         filter + "\"," + rest + "}\n";
}

auto reader(const std::filesystem::path& file, const std::string& filter = "") {
  return [file, filter](const ForeignVisitor& visitor) {
    return visit_lm_eval(file, filter, visitor);
  };
}

}  // namespace

TEST_CASE("a document with a row for each filter is one reply scored by the first filter") {
  const TempDir dir;
  const std::string metrics = R"("metrics":["exact_match"],)";
  const std::string text =
      row(0, "strict",
          metrics + R"("resps":[["It is 3."]],"filtered_resps":["[invalid]"],)"
                    R"("exact_match":0.0)") +
      row(0, "flexible",
          metrics + R"("resps":[["It is 3."]],"filtered_resps":["3"],)"
                    R"("exact_match":1.0)") +
      row(1, "strict", metrics + R"("resps":[["3"]],"filtered_resps":"3","exact_match":true)");
  const auto file = dir.write(kName, text);
  const auto [log, samples] = read_log(reader(file));
  CHECK(log.task == "sums_easy");
  CHECK(log.grader == "lm-eval exact_match,strict");
  CHECK(log.recipe == R"({"temperature":0.5})");
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].question.id == "0");
  CHECK(samples[0].question.text == "What is 1+0?");
  CHECK(samples[0].question.gold == "3");
  CHECK(samples[0].reply->text == "It is 3.");
  CHECK(samples[0].reply->finish == FinishReason::unknown);
  CHECK(!samples[0].reply->usage.completion);
  CHECK(samples[0].score->verdict == Verdict::no_answer);
  CHECK(samples[1].score->verdict == Verdict::correct);
  CHECK(samples[1].score->extracted == "3");
  CHECK(samples[1].score->canonical == "3");
  CHECK(!samples[1].canonical_known);

  const auto [flexible, replies] = read_log(reader(file, "flexible"));
  CHECK(flexible.grader == "lm-eval exact_match,flexible");
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].score->verdict == Verdict::correct);
}

TEST_CASE("what is neither right nor wrong stays without a verdict") {
  struct Row {
    const char* rest;
    const char* reason;
  };
  const Row rows[] = {
      {R"("metrics":["f1"],"resps":[["a"]],"f1":0.5)", "f1 is 0.5, neither right nor wrong"},
      {R"("metrics":["f1"],"resps":[["a"]],"f1":NaN)", "the log has no metric that is a number"},
      {R"("metrics":[],"resps":[["a"]])", "the log has no metric that is a number"}};
  const TempDir dir;
  for (const Row& given : rows) {
    CAPTURE(given.rest);
    const auto [log, samples] = read_log(reader(dir.write(kName, row(0, "none", given.rest))));
    REQUIRE(samples.size() == 1);
    CHECK(!samples[0].score);
    CHECK(samples[0].reason == given.reason);
  }
  // A metric over several replies is of the first.
  const auto [log, samples] = read_log(reader(
      dir.write(kName, row(0, "none", R"("metrics":["acc"],"resps":[["a","b"]],"acc":1.0)"))));
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].score->verdict == Verdict::correct);
  CHECK(!samples[1].score);
  CHECK(samples[1].repeat == 1);
}

TEST_CASE("rows that are not as they must be are errors with their line") {
  const TempDir dir;
  const std::string good = row(0, "none", R"("metrics":["acc"],"resps":[["a"]],"acc":1.0)");
  CHECK(complaint_of(reader(dir.write("a.jsonl", good + "{\"doc_id\":"))).find("a.jsonl:2:") !=
        std::string::npos);
  CHECK(complaint_of(reader(dir.write("a.jsonl", good + "{\"filter\":\"none\"}\n")))
            .find("a.jsonl:2: field \"doc_id\"") != std::string::npos);
  CHECK(complaint_of(reader(dir.write("a.jsonl", good), "strict"))
            .find("no sample of filter \"strict\"") != std::string::npos);
  CHECK(complaint_of(reader(dir.write("a.jsonl", ""))).find("no sample") != std::string::npos);
}

TEST_CASE("a row that was written has each reply with its score and reads back") {
  const Question question{"q7", "What is 1+2?", "3", {{"level", "2"}}};
  std::vector<LmEvalReply> repeats(4);
  for (int i = 0; i < 4; ++i) {
    LmEvalReply& repeat = repeats[static_cast<std::size_t>(i)];
    repeat.record.result.repeat = i;
    repeat.target = "target " + std::to_string(i);
    if (i == 3) continue;  // never answered
    Generation reply;
    reply.text = "reply " + std::to_string(i);
    repeat.record.reply = reply;
  }
  Score score;
  score.extracted = "B";
  score.canonical = "three";
  score.verdict = Verdict::correct;
  repeats[0].record.score = score;
  score.canonical = "";  // no vote
  score.verdict = Verdict::wrong;
  repeats[1].record.score = score;
  Sampling sampling;
  sampling.max_tokens = 100;
  const Asking asking{Prompt{{"user", "What is 1+2? Think."}}, sampling};
  const std::string text = format_lm_eval_row(5, question, asking, repeats);
  const nlohmann::json parsed = nlohmann::json::parse(text);
  CHECK(parsed["doc_id"] == 5);
  CHECK(parsed["exact_match"] == 0.5);
  CHECK(parsed["resps"] == nlohmann::json::parse(R"([["reply 0","reply 1","reply 2"]])"));
  CHECK(parsed["proctor_scores"] == nlohmann::json::parse("[1,0,null]"));
  CHECK(parsed["proctor_canonical"] == nlohmann::json::parse(R"(["three","",null])"));
  CHECK(parsed["proctor_targets"] ==
        nlohmann::json::parse(R"(["target 0","target 1","target 2"])"));
  CHECK(parsed["metrics"] == nlohmann::json::parse(R"(["exact_match"])"));
  CHECK(parsed["arguments"]["gen_args_0"]["arg_0"] == "What is 1+2? Think.");
  CHECK(parsed["arguments"]["gen_args_0"]["arg_1"]["max_gen_toks"] == 100);
  // SHA-256 of Python's json.dumps(doc, indent=2, ensure_ascii=False).
  CHECK(parsed["doc_hash"] == "731636b1780232f2fb8a094f19511275212b68558eb95aa356fc0940ae67620f");

  const TempDir dir;
  const auto [log, samples] = read_log(reader(dir.write(kName, text)));
  REQUIRE(samples.size() == 3);
  CHECK(samples[0].score->verdict == Verdict::correct);
  CHECK(samples[1].score->verdict == Verdict::wrong);
  CHECK(samples[0].score->extracted == "B");
  CHECK(samples[0].score->canonical == "three");
  CHECK(samples[1].score->canonical.empty());
  CHECK(samples[0].canonical_known);
  CHECK(!samples[2].score);
  CHECK(samples[2].reason == "not scored");
  CHECK(samples[2].reply->text == "reply 2");
}

TEST_CASE("names are spelt as lm-eval spells them in paths") {
  CHECK(lm_eval_model_name("openai/gpt 4:o") == "openai__gpt_4_o");
  CHECK(lm_eval_time("2025-01-02T03:04:05Z") == "2025-01-02T03-04-05");
}
