#include "reports/html/page_data.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/html/sample_texts.h"

namespace proctor::reports::html {
namespace {

using nlohmann::json;

SampleCell scored(Verdict verdict, int answer) {
  return {.state = SampleState::scored,
          .verdict = verdict,
          .finish = FinishReason::stop,
          .thinking = Thinking::closed,
          .tokens = 40,
          .answer = answer};
}

QuestionRow small_row(const std::string& id) {
  QuestionRow row{.question = {id, "1 < 2?", "\\frac{1}{2}", {{"level", "3"}}},
                  .answers = {{"1/2", 1, true}, {"7", 1, false}},
                  .consensus = 0.5};
  row.samples = {scored(Verdict::correct, 0),
                 scored(Verdict::wrong, 1),
                 {.state = SampleState::failed, .reason = "HTTP 500"}};
  row.samples[0].reached = 30;
  row.samples[1].loops = row.samples[1].duplicate = true;
  return row;
}

json small_data() {
  PageData data(R"({"run":1})", "a<b>.db");
  data.begin_task({.name = "one", .repeats = 3, .first_sample = 10});
  data.add(small_row("q0"));
  data.add(small_row("q1"));
  data.begin_task(
      {.name = "two", .repeats = 1, .first_sample = 16, .votes = false, .redacted = true});
  data.add({.question = {"z", "\xff bytes", "", {}}, .samples = {{.state = SampleState::planned}}});
  data.add_earlier("one", {.run = 7,
                           .created_at = "2026",
                           .model = "m",
                           .pass_1 = 0.25,
                           .error_samples = std::nan("")});
  return json::parse(data.finish(RepliesAre::live));
}

TEST_CASE("page data holds each sample as one letter or number a column") {
  const json data = small_data();
  CHECK(data.at("report") == json{{"run", 1}});
  CHECK(data.at("store") == "a<b>.db");
  CHECK(data.at("replies") == "live");
  REQUIRE(data.at("tasks").size() == 2);
  const json& task = data.at("tasks")[0];
  CHECK(task.at("name") == "one");
  CHECK(task.at("first_sample") == 10);
  CHECK(task.at("outcome") == "cwfcwf");
  CHECK(task.at("finish") == "ss-ss-");
  CHECK(task.at("thinking") == "cc-cc-");
  CHECK(task.at("flags") == "050050");
  CHECK(task.at("tokens") == json{40, 40, -1, 40, 40, -1});
  CHECK(task.at("reached") == json{30, -1, -1, 30, -1, -1});
  CHECK(task.at("answer") == json{0, 1, -1, 0, 1, -1});
  CHECK(task.at("reason") == json{{"2", 0}, {"5", 0}});
  CHECK(task.at("reasons") == json{"HTTP 500"});
}

TEST_CASE("page data holds questions with their votes") {
  const json data = small_data();
  const json& question = data.at("tasks")[0].at("questions")[1];
  CHECK(question.at("id") == "q1");
  CHECK(question.at("gold") == "\\frac{1}{2}");
  CHECK(question.at("attributes") == json{{"level", "3"}});
  CHECK(question.at("answers") == json::parse(R"([["1/2",1,1],["7",1,0]])"));
  CHECK(question.at("consensus") == 0.5);
  const json& other = data.at("tasks")[1];
  CHECK(other.at("redacted") == true);
  CHECK(other.at("votes") == false);
  CHECK(other.at("outcome") == "p");
  CHECK(other.at("questions")[0].at("text") == "\xef\xbf\xbd bytes");
  CHECK(other.at("questions")[0].at("consensus").is_null());
}

TEST_CASE("earlier figures stand by task and what is undefined is null") {
  const json earlier = small_data().at("earlier");
  REQUIRE(earlier.size() == 1);
  CHECK(earlier.at("one")[0].at("pass_1") == 0.25);
  CHECK(earlier.at("one")[0].at("error_samples").is_null());
}

TEST_CASE("a run without tasks is still valid data") {
  PageData data("{}", "x.db");
  CHECK(json::parse(data.finish(RepliesAre::none)).at("tasks").empty());
}

TEST_CASE("texts name a prompt once for neighbours that share it") {
  SampleTexts texts;
  CHECK(texts.bytes() == 0);
  SampleRecord record;
  record.result.id = 5;
  record.result.attempts = 2;
  record.seed = 0xffffffffffffffff;
  record.reply.emplace();
  record.reply->text = "x </script> \xe2\x80\xa8";
  record.score.emplace();
  record.score->extracted = "x";
  const Prompt asked = {{"user", "What?"}};
  texts.add(record, asked, {{Segment::Kind::thinking, "hm"}, {Segment::Kind::answer, "x"}});
  record.result.id = 6;
  record.reply.reset();
  record.score.reset();
  record.damage = Error(ErrorCode::corrupt, "sample 6: damaged reply");
  texts.add(record, asked, {});
  record.result.id = 7;
  texts.add(record, {{"user", "Else?"}}, {});
  CHECK(texts.bytes() > 100);

  const json block = json::parse(texts.finish());
  CHECK(block.at("prompts") == json::parse(R"([[["user","What?"]],[["user","Else?"]]])"));
  REQUIRE(block.at("samples").size() == 3);
  const json& first = block.at("samples")[0];
  CHECK(first.at("segments") == json::parse(R"([["thinking","hm"],["answer","x"]])"));
  CHECK(first.at("seed") == "18446744073709551615");
  CHECK(first.at("extracted") == "x");
  CHECK(first.at("prompt") == 0);
  CHECK_FALSE(block.at("samples")[1].contains("segments"));
  CHECK(block.at("samples")[1].at("damage") == "sample 6: damaged reply");
  CHECK(block.at("samples")[2].at("prompt") == 1);
  CHECK(texts.bytes() == 0);
  CHECK(json::parse(texts.finish()).at("samples").empty());
}

}  // namespace
}  // namespace proctor::reports::html
