// Our own lines: what is written reads back, whatever bytes it has.
#include "reports/exchange/own_format.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "reports/exchange/json_text.h"
#include "reports/exchange/sft.h"

using namespace proctor;
using namespace proctor::reports;
using namespace proctor::reports::exchange;
using nlohmann::json;

namespace {

template <class Line>
Line parsed(const std::string& text) {
  Result<OwnLine> line = parse_own_line(text);
  REQUIRE_MESSAGE(line, (line ? "" : line.error().message()));
  REQUIRE(std::holds_alternative<Line>(*line));
  return std::get<Line>(*line);
}

SampleLine full_sample() {
  SampleLine line;
  line.question_id = "q7";
  SampleRecord& record = line.record;
  record.result.task = 1;
  record.result.question = 2;
  record.result.repeat = 3;
  record.result.state = SampleState::scored;
  record.result.attempts = 4;
  record.result.traits = ReplyTraits{0xfedcba9876543210, 10, 20, 30, true, false};
  record.seed = 0xffffffffffffffff;
  Generation reply;
  reply.text = "line\nbreak \xC3\xBC \x01 \xFF bytes";
  reply.reasoning = "because";
  reply.finish = FinishReason::repetition;
  reply.usage = {1, std::nullopt, 0, 2};
  reply.served_by = "server-1";
  reply.first_token_ms = 5;
  reply.total_ms = 60;
  record.reply = reply;
  record.score = Score{Verdict::undecided, "\xBC", "", Span{3, 9}, Thinking::unclosed, "budget"};
  record.grader = "math-answer@1";
  return line;
}

}  // namespace

TEST_CASE("a sample reads back as it was written") {
  const std::string text = format_sample(full_sample(), Prompt{{"user", "Which?"}});
  CHECK(text.find('\n') == text.size() - 1);
  const SampleLine line = parsed<SampleLine>(text);
  const SampleRecord expected = full_sample().record;
  CHECK(line.question_id == "q7");
  CHECK(line.record.result.task == 1);
  CHECK(line.record.result.question == 2);
  CHECK(line.record.result.repeat == 3);
  CHECK(line.record.result.attempts == 4);
  CHECK(line.record.result.traits == expected.result.traits);
  CHECK(line.record.seed == expected.seed);
  CHECK(line.record.reply->text == expected.reply->text);
  CHECK(line.record.reply->reasoning == "because");
  CHECK(line.record.reply->finish == FinishReason::repetition);
  CHECK(line.record.reply->usage.prompt == 1);
  CHECK(!line.record.reply->usage.completion);
  CHECK(line.record.reply->usage.reasoning == 0);
  CHECK(line.record.score->extracted == "\xBC");
  CHECK(line.record.score->span == Span{3, 9});
  CHECK(line.record.score->thinking == Thinking::unclosed);
  CHECK(line.record.grader == "math-answer@1");
  CHECK(!line.record.result.from_cache);
  CHECK(format_sample(line, Prompt{{"user", "Which?"}}) == text);
}

TEST_CASE("that a reply came from a cache is written and read back") {
  SampleLine kept = full_sample();
  kept.record.reply->from_cache = true;
  const SampleLine line = parsed<SampleLine>(format_sample(kept, std::nullopt));
  CHECK(line.record.result.from_cache);
  CHECK(line.record.reply->from_cache);
}

TEST_CASE("states keep their reasons and a damaged reply comes back as failed") {
  SampleLine line;
  line.record.result.state = SampleState::failed;
  line.record.result.reason = "connection refused";
  CHECK(parsed<SampleLine>(format_sample(line, {})).record.result.reason == "connection refused");
  SampleLine damaged = full_sample();
  damaged.record.reply.reset();
  damaged.record.damage = Error(ErrorCode::corrupt, "checksum");
  const SampleRecord back = parsed<SampleLine>(format_sample(damaged, {})).record;
  CHECK(back.result.state == SampleState::failed);
  CHECK(back.result.reason == "damaged when it was exported: checksum");
  CHECK(!back.reply);
  CHECK(!back.score);
}

TEST_CASE("runs and questions and attachments read back as they were written") {
  RunLine run;
  run.info.status = RunStatus::incomplete;
  run.info.created_at = "2026-01-02T03:04:05Z";
  run.info.finished_at = "2026-01-02T04:04:05Z";
  run.plan = {"openai/x", "http://h/v1", 0xfedcba9876543210, "f00d", "{\"a\":1}", "0.1", "host",
              {}};
  run.plan.tasks.push_back({.task = "sums",
                            .dataset_hash = "aa",
                            .protocol = "r1",
                            .protocol_hash = "bb",
                            .protocol_json = "{}",
                            .grader = "integer@1",
                            .repeats = 4,
                            .questions = {}});
  const std::string text = format_run(run);
  const RunLine back = parsed<RunLine>(text);
  CHECK(back.info.status == RunStatus::incomplete);
  CHECK(back.plan.seed == run.plan.seed);
  CHECK(back.plan.config_json == "{\"a\":1}");
  CHECK(back.plan.tasks[0].repeats == 4);
  CHECK(!back.redacted);
  CHECK(format_run(back) == text);

  const QuestionLine question{0,
                              {"q", "Was ist s\xC3\xBC\xC3\x9F?", "x", {{"b", "2"}, {"a", "1"}}}};
  const std::string asked = format_question(question, Prompt{{"user", "Was?"}});
  CHECK(json::parse(asked)["prompt_sha256"].get<std::string>().size() == 64);
  CHECK(parsed<QuestionLine>(asked).question == question.question);
  const AttachmentLine attachment{1, {"contest/1", "{}"}};
  CHECK(parsed<AttachmentLine>(format_attachment(attachment)).attachment == attachment.attachment);
  CHECK(parsed<EndLine>(format_end({12})).samples == 12);
}

TEST_CASE("a line that says too little or too much names the field") {
  const json good = json::parse(format_sample(full_sample(), {}));
  struct Row {
    const char* pointer;
    json value;  // null: taken away
    const char* field;
  };
  const Row rows[] = {{"/seed", "7", "seed"},
                      {"/seed", -7, "seed"},
                      {"/state", "done", "state"},
                      {"/state", "planned", "state"},
                      {"/question_id", nullptr, "question_id"},
                      {"/repeat", 1.5, "repeat"},
                      {"/repeat", 5'000'000'000, "repeat"},
                      {"/reply/finish", "tired", "finish"},
                      {"/reply/text", json::parse(R"({"hex": "0"})"), "text"},
                      {"/score/span", json::parse("[1]"), "span"},
                      {"/score/verdict", nullptr, "verdict"}};
  for (const Row& row : rows) {
    CAPTURE(row.pointer);
    json line = good;
    line[json::json_pointer(row.pointer)] = row.value;
    if (row.value.is_null()) {
      const json::json_pointer pointer(row.pointer);
      line[pointer.parent_pointer()].erase(pointer.back());
    }
    const Result<OwnLine> read = parse_own_line(line.dump());
    REQUIRE(!read);
    CHECK(read.error().message().find(std::string("field \"") + row.field) != std::string::npos);
  }
  CHECK(!parse_own_line("[]"));
  CHECK(!parse_own_line("{\"kind\":\"song\"}"));
  CHECK(!parse_own_line("{\"kind\":\"run\",\"format\":2}"));
}

TEST_CASE("constants that Python writes are null outside strings only") {
  const Result<json> read =
      parse_python_json(R"({"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \"Infinity"})");
  REQUIRE(read);
  CHECK((*read)["a"].is_null());
  CHECK((*read)["b"] == json::parse("[null, null]"));
  CHECK((*read)["c"] == "NaN \"Infinity");
  CHECK(!parse_python_json("{\"a\": NaN"));
  CHECK(!parse_python_json("NaNa"));
}

TEST_CASE("training data has the thinking as the model wrote it") {
  Generation reply;
  reply.text = "so 3";
  CHECK(whole_reply(reply) == "so 3");
  reply.reasoning = "1 and 2";
  CHECK(whole_reply(reply) == "<think>\n1 and 2\n</think>\n\nso 3");
  reply.reasoning.clear();
  reply.text = "1 and 2</think>so 3";  // opened by the prompt
  CHECK(whole_reply(reply) == "<think>\n1 and 2</think>so 3");
  reply.text = "<think>1 and 2</think>so 3";
  CHECK(whole_reply(reply) == reply.text);
  CHECK(format_sft_line({{"user", "1+2?"}}, "3") ==
        "{\"messages\":[{\"role\":\"user\",\"content\":\"1+2?\"},"
        "{\"role\":\"assistant\",\"content\":\"3\"}]}\n");
}
