// inspect's logs, read; and a run's texts as inspect has them. That inspect reads those is checked
// by tests/peers/read_inspect.py.
#include <nlohmann/json.hpp>

#include "reports/exchange/inspect_read.h"
#include "reports/exchange/inspect_write.h"
#include "reports/exchange/json_text.h"
#include "reports/exchange/zip.h"
#include "tests/reports/exchange/foreign_log.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::reports;
using namespace proctor::reports::exchange;
using nlohmann::json;
using proctor::support::TempDir;

namespace {

constexpr const char* kHeader = R"json({"version": 2, "status": "success", "eval": {
  "created": "2026-01-02T03:04:05.678+00:00", "task": "pack/sums", "model": "mock/one",
  "model_generate_config": {"temperature": 0.5},
  "scorers": [{"name": "match"}]}, "results": {"scores": [{"name": "match", "metrics": {"stderr":
  {"name": "stderr", "value": NaN}}}]}})json";

// A sample with that score, which is JSON or one of Python's constants.
std::string sample_of(int id, const std::string& value) {
  return R"json({"id": )json" + std::to_string(id) + R"json(, "epoch": 1,
  "input": [{"role": "system", "content": "Be exact."},
            {"role": "user", "content": "attachment://abc"}],
  "target": ["3"], "metadata": {"level": 2, "topic": "sums", "tags": ["x"]},
  "output": {"model": "mock-1", "choices": [{"stop_reason": "max_tokens", "message": {
    "role": "assistant", "content": [{"type": "reasoning", "reasoning": "1 and 2"},
    {"type": "text", "text": "It is NaN, or 3."}]}}],
    "usage": {"input_tokens": 5, "output_tokens": 7, "reasoning_tokens": 3}, "time": 0.25},
  "scores": {"another": {"value": "C"}, "match": {"value": )json" +
         value + R"json(, "answer": "3", "explanation": "why"}},
  "attachments": {"abc": "What is 1+2?"}})json";
}

std::filesystem::path archive(const TempDir& dir, const std::vector<std::string>& samples,
                              const char* header = "header.json") {
  Result<ZipWriter> zip = ZipWriter::create(dir / "a.eval");
  REQUIRE(zip);
  int number = 0;
  for (const std::string& sample : samples) {
    REQUIRE(zip->add("samples/" + std::to_string(++number) + "_epoch_1.json",
                     [sample] { return Result<std::string>(sample); }));
  }
  REQUIRE(zip->add("summaries.json", [] { return Result<std::string>("[]"); }));
  REQUIRE(zip->add(header, [] { return Result<std::string>(kHeader); }));
  REQUIRE(zip->close());
  return dir / "a.eval";
}

auto reader(const std::filesystem::path& file, const std::string& scorer = "") {
  return [file, scorer](const ForeignVisitor& visitor) {
    return visit_inspect(file, scorer, visitor);
  };
}

}  // namespace

TEST_CASE("a sample of an archive comes with its conversation resolved and its usage") {
  const TempDir dir;
  const auto [log, samples] = read_log(reader(archive(dir, {sample_of(7, "\"C\"")})));
  CHECK(log.task == "sums");
  CHECK(log.model == "mock/one");
  CHECK(log.created_at == "2026-01-02T03:04:05Z");
  CHECK(log.grader == "inspect match");
  CHECK(json::parse(log.recipe)["generate_config"]["temperature"] == 0.5);
  REQUIRE(samples.size() == 1);
  const ForeignSample& sample = samples[0];
  CHECK(sample.question.id == "7");
  CHECK(sample.question.text == "What is 1+2?");
  CHECK(sample.question.gold == "3");
  const std::vector<std::pair<std::string, std::string>> attributes = {{"level", "2"},
                                                                       {"topic", "sums"}};
  CHECK(sample.question.attributes == attributes);
  REQUIRE(sample.reply);
  CHECK(sample.reply->text == "It is NaN, or 3.");
  CHECK(sample.reply->reasoning == "1 and 2");
  CHECK(sample.reply->finish == FinishReason::length);
  CHECK(sample.reply->usage.prompt == 5);
  CHECK(sample.reply->usage.completion == 7);
  CHECK(sample.reply->usage.reasoning == 3);
  CHECK(!sample.reply->usage.cached_prompt);
  CHECK(sample.reply->total_ms == 250);
  CHECK(sample.score->verdict == Verdict::correct);
  CHECK(sample.score->extracted == "3");
  CHECK(sample.score->explanation == "match: why");
}

TEST_CASE("values of scores are verdicts or leave the sample without one") {
  struct Row {
    const char* value;
    std::optional<Verdict> verdict;
    const char* reason;
  };
  const Row rows[] = {{"\"C\"", Verdict::correct, ""},
                      {"\"I\"", Verdict::wrong, ""},
                      {"\"N\"", Verdict::no_answer, ""},
                      {"1", Verdict::correct, ""},
                      {"1.0", Verdict::correct, ""},
                      {"0.0", Verdict::wrong, ""},
                      {"true", Verdict::correct, ""},
                      {"\"P\"", std::nullopt, "match: \"P\" is neither right nor wrong"},
                      {"0.5", std::nullopt, "match: 0.5 is neither right nor wrong"},
                      {"NaN", std::nullopt, "match: unscored"},
                      {"{\"a\": 1}", std::nullopt, "match: {\"a\":1} is neither right nor wrong"}};
  const TempDir dir;
  for (const Row& row : rows) {
    CAPTURE(row.value);
    const auto [log, samples] = read_log(reader(archive(dir, {sample_of(1, row.value)})));
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].score.has_value() == row.verdict.has_value());
    if (row.verdict) CHECK(samples[0].score->verdict == *row.verdict);
    CHECK(samples[0].reason == row.reason);
    CHECK(samples[0].reply);
  }
}

TEST_CASE("an answer counts in votes as the option that its letter names") {
  struct Row {
    const char* members;  // of the sample
    const char* answer;
    const char* canonical;
    bool known;
  };
  const Row rows[] = {
      {"", "B", "B", false},
      {R"(, "choices": ["four", "five"])", "B", "five", true},
      {R"(, "choices": ["four", "five"])", "C", "C", false},
      {R"(, "choices": ["four", "five"])", "A,B", "A,B", false},
      {R"(, "choices": ["four", "five"], "metadata": {"proctor": {"canonical": "5"}})", "B", "5",
       true},
      {R"(, "metadata": {"proctor": {"canonical": ""}})", "B", "", true}};
  const TempDir dir;
  for (const Row& row : rows) {
    CAPTURE(row.members);
    CAPTURE(row.answer);
    const std::string sample =
        R"({"id": 1, "epoch": 1, "input": "Which?", "target": "B", "output": {"choices": [
            {"stop_reason": "stop", "message": {"content": "It is B."}}]},
            "scores": {"match": {"value": "C", "answer": ")" +
        std::string(row.answer) + "\"}}" + row.members + "}";
    const auto [log, samples] = read_log(reader(archive(dir, {sample})));
    REQUIRE(samples.size() == 1);
    REQUIRE(samples[0].score);
    CHECK(samples[0].score->extracted == row.answer);
    CHECK(samples[0].score->canonical == row.canonical);
    CHECK(samples[0].canonical_known == row.known);
  }
}

TEST_CASE("another scorer can be asked for and a missing one is said") {
  const TempDir dir;
  const auto file = archive(dir, {sample_of(1, "\"I\"")});
  const auto [log, samples] = read_log(reader(file, "another"));
  CHECK(log.grader == "inspect another");
  CHECK(samples[0].score->verdict == Verdict::correct);
  const auto [none, unscored] = read_log(reader(file, "third"));
  CHECK(!unscored[0].score);
  CHECK(unscored[0].reason == "no score by third");
}

TEST_CASE("unfinished logs and samples that failed are read for what they hold") {
  const TempDir dir;
  const std::string failed =
      R"({"id": "x/1", "epoch": 3, "input": "Why?", "target": "", "output": {"choices": []},
          "error": {"message": "connection refused"}})";
  const auto [log, samples] =
      read_log(reader(archive(dir, {sample_of(1, "\"C\""), failed}, "_journal/start.json")));
  CHECK(log.task == "sums");
  REQUIRE(samples.size() == 2);
  CHECK(!samples[1].reply);
  CHECK(samples[1].repeat == 2);
  CHECK(samples[1].reason == "connection refused");
}

TEST_CASE("the same log as one document is read alike") {
  const TempDir dir;
  std::string document = kHeader;
  document.pop_back();
  document += ", \"samples\": [" + sample_of(7, "NaN") + "]}";
  const auto [log, samples] = read_log(reader(dir.write("a.json", document)));
  CHECK(log.task == "sums");
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].question.text == "What is 1+2?");
  CHECK(samples[0].reason == "match: unscored");
}

TEST_CASE("a sample in pieces is put together with its attachments by number") {
  const TempDir dir;
  Result<ZipWriter> zip = ZipWriter::create(dir / "a.eval");
  REQUIRE(zip);
  const std::pair<const char*, const char*> members[] = {
      {"samples/a_epoch_1/sample.json",
       R"({"id": "a", "epoch": 1, "input": "attachment://2", "target": "3",
           "output": {"choices": [{"stop_reason": "stop", "message": {"content":
           "attachment://0"}}]}, "scores": {"match": {"value": "C"}}})"},
      {"samples/a_epoch_1/metadata.json", R"({"level": "5"})"},
      {"samples/a_epoch_1/messages/0.json", "[]"},
      {"samples/a_epoch_1/attachments/0.json", R"(["the reply", "unused"])"},
      {"samples/a_epoch_1/attachments/2.json", R"(["the question"])"},
      {"header.json", kHeader}};
  for (const auto& [name, text] : members) {
    REQUIRE(zip->add(name, [text] { return Result<std::string>(text); }));
  }
  REQUIRE(zip->close());
  const auto [log, samples] = read_log(reader(dir / "a.eval"));
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].question.text == "the question");
  CHECK(samples[0].question.attributes.front().second == "5");
  CHECK(samples[0].reply->text == "the reply");
  CHECK(samples[0].reply->finish == FinishReason::stop);
}

TEST_CASE("logs that cannot be read are errors with file and member") {
  const TempDir dir;
  CHECK(complaint_of(reader(archive(dir, {"{\"id\": 1}"})))
            .find("a.eval: samples/1_epoch_1.json: field \"epoch\"") != std::string::npos);
  CHECK(
      complaint_of(reader(archive(dir, {"{\"id\": "}))).find("samples/1_epoch_1.json: not JSON") !=
      std::string::npos);
  CHECK(complaint_of(reader(dir.write("b.eval", "PK"))).find("b.eval") != std::string::npos);
  CHECK(complaint_of(reader(dir.write("b.json", "{}"))).find("field \"samples\"") !=
        std::string::npos);
  CHECK(complaint_of(reader(dir / "none.eval")).find("none.eval") != std::string::npos);
}

TEST_CASE("what is written of a sample is what inspect says in these words") {
  const Question question{"1/A", "Which?", "B", {{"option 1", "four"}, {"option 2", "five"}}};
  const Asking asking{Prompt{{"system", "Be exact."}, {"user", "Which? A) four B) five"}}, {}};
  SampleRecord record;
  record.result.repeat = 2;
  record.result.state = SampleState::scored;
  Generation reply;
  reply.text = "B";
  reply.reasoning = "hm";
  reply.finish = FinishReason::length;
  reply.usage.prompt = 3;
  reply.usage.completion = 4;
  record.reply = reply;
  Score score;
  score.verdict = Verdict::no_answer;
  record.score = score;
  record.grader = "choice@1";
  const json written = json::parse(format_inspect_sample({question, asking, record}));
  CHECK(written["id"] == "1/A");
  CHECK(written["epoch"] == 3);
  CHECK(written["choices"] == json::parse(R"(["four","five"])"));
  CHECK(written["messages"].size() == 3);
  CHECK(written["messages"][2]["content"][0]["reasoning"] == "hm");
  CHECK(written["output"]["choices"].size() == 1);
  CHECK(written["output"]["choices"][0]["stop_reason"] == "max_tokens");
  CHECK(written["output"]["usage"]["total_tokens"] == 7);
  CHECK(written["scores"]["choice"]["value"] == "N");
  CHECK(inspect_member("1/A", 2) == "samples/1/A_epoch_3.json");
}

TEST_CASE("a sample without a verdict has NaN for a score and no invented usage") {
  const Question question{"1", "Why?", "", {}};
  SampleRecord record;
  record.result.state = SampleState::generated;
  record.reply = Generation();
  const std::string text = format_inspect_sample({question, {}, record});
  CHECK(text.find("\"scores\":{\"unscored\":{\"value\":NaN}}") != std::string::npos);
  const Result<json> parsed = parse_python_json(text);
  REQUIRE(parsed);
  CHECK(!(*parsed)["output"].contains("usage"));
  record.reply.reset();
  record.result.state = SampleState::failed;
  record.result.reason = "connection refused";
  const json failed = *parse_python_json(format_inspect_sample({question, {}, record}));
  CHECK(failed["error"]["message"] == "connection refused");
  CHECK(failed["output"]["choices"].empty());
}
