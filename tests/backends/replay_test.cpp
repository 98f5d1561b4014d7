#include <doctest/doctest.h>

#include "backends/backend.h"
#include "tests/support/backend_ends.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::backends;
using namespace proctor::support;

namespace {

Request asked(std::int64_t ticket, std::string question, int repeat) {
  return {.ticket = ticket,
          .task = "aime24",
          .question_id = std::move(question),
          .repeat = repeat,
          .prompt = {},
          .sampling = {},
          .seed = 0};
}

Result<std::unique_ptr<Backend>> replay_of(const std::filesystem::path& file) {
  return make_backend("replay/" + file.string(), {});
}

}  // namespace

TEST_CASE("a replayed file answers by task, question and repeat") {
  const TempDir dir;
  const auto file = dir.write(
      "r.jsonl",
      "{\"task\":\"aime24\",\"question_id\":\"60\",\"repeat\":1,\"text\":\"b\",\"reasoning\":\"t\","
      "\"finish_reason\":\"length\",\"prompt_tokens\":3,\"completion_tokens\":4}\r\n"
      "\n"
      "{\"task\":\"aime24\",\"question_id\":60,\"repeat\":0,\"text\":\"\"}");
  const Result<std::unique_ptr<Backend>> backend = replay_of(file);
  REQUIRE(backend);
  ListFeed feed({asked(1, "60", 0), asked(2, "60", 1), asked(3, "61", 0)});
  RecordingSink sink;
  REQUIRE((*backend)->serve(feed, sink, {}));
  REQUIRE(sink.entries.size() == 3);
  CHECK(sink.entries[1].reply->finish == FinishReason::empty);
  CHECK(sink.entries[2].reply->text == "b");
  CHECK(sink.entries[2].reply->reasoning == "t");
  CHECK(sink.entries[2].reply->finish == FinishReason::length);
  CHECK(sink.entries[2].reply->usage.completion == 4);
  REQUIRE(sink.entries[3].error);
  CHECK(sink.entries[3].error->message() ==
        "r.jsonl has no reply for question 61 of aime24, repeat 0");
}

TEST_CASE("bad rows are refused with file, line and field") {
  struct Row {
    const char* content;
    const char* message;
  };
  const Row kRows[] = {
      {"", "holds no replies"},
      {"{}", "r.jsonl:1: field \"task\": missing"},
      {"\n[1]", "r.jsonl:2: not a JSON object"},
      {R"({"task":"a","question_id":"1","repeat":0})", "field \"text\": missing"},
      {R"({"task":"a","question_id":"1","repeat":-1,"text":""})", "field \"repeat\""},
      {R"({"task":"a","question_id":1.5,"repeat":0,"text":""})", "field \"question_id\""},
      {R"({"task":"a","question_id":"1","repeat":0,"text":"","finish_reason":"done"})",
       "field \"finish_reason\": unknown \"done\""},
      {"{\"task\":\"a\",\"question_id\":\"1\",\"repeat\":0,\"text\":\"\"}\n"
       "{\"task\":\"a\",\"question_id\":1,\"repeat\":0,\"text\":\"b\"}",
       "r.jsonl:2: a second reply to the sample of line 1"},
      {"{\"task\":\"a\",\"question_id\":\"1\",\"repeat\":0,\"text\":\"\xFF\"}", "r.jsonl:1: not"},
  };
  const TempDir dir;
  for (const Row& row : kRows) {
    CAPTURE(row.content);
    const Result<std::unique_ptr<Backend>> backend = replay_of(dir.write("r.jsonl", row.content));
    REQUIRE_FALSE(backend);
    CHECK(backend.error().code() == ErrorCode::invalid_input);
    CAPTURE(backend.error().message());
    CHECK(backend.error().message().find(row.message) != std::string::npos);
  }
  CHECK(replay_of(dir / "none.jsonl").error().code() == ErrorCode::not_found);
}

TEST_CASE("a replay is known by its content and not by its name") {
  const TempDir dir;
  const char* row = R"({"task":"a","question_id":"1","repeat":0,"text":"x"})";
  const auto one = replay_of(dir.write("1.jsonl", row));
  const auto two = replay_of(dir.write("2.jsonl", row));
  const auto other = replay_of(dir.write("3.jsonl", std::string(row) + "\n\n"));
  REQUIRE((one && two && other));
  CHECK((*one)->identity() == (*two)->identity());
  CHECK((*one)->identity() != (*other)->identity());
}

TEST_CASE("an unknown model spec names those there are") {
  for (const char* spec : {"", "gpt", "replay/", "openai-api/", "local/"}) {
    const Result<std::unique_ptr<Backend>> backend = make_backend(spec, {});
    REQUIRE_FALSE(backend);
    CHECK(backend.error().code() == ErrorCode::invalid_input);
    CHECK(backend.error().message().find("replay/") != std::string::npos);
  }
}
