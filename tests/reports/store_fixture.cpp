#include "tests/reports/store_fixture.h"

#include <doctest/doctest.h>

namespace proctor::reports {

RunPlan small_plan() {
  TaskPlan sums{.task = "sums",
                .dataset_hash = "aa11",
                .protocol = "r1",
                .protocol_hash = "bb22",
                .protocol_json = "{\"name\":\"r1\"}",
                .grader = "integer@1",
                .repeats = 2,
                .questions = {}};
  for (int i = 0; i < 3; ++i) {
    sums.questions.push_back({"q" + std::to_string(i),
                              "What is 1 + " + std::to_string(i) + "?",
                              std::to_string(1 + i),
                              {{"level", std::to_string(i)}}});
  }
  TaskPlan words{
      .task = "words",
      .dataset_hash = "cc33",
      .protocol = "r1",
      .protocol_hash = "dd44",
      .protocol_json = "{}",
      .grader = "math@1",
      .repeats = 1,
      .questions = {{"w0", "Ein Wort für süß?", "sweet", {}}, {"w1", "Oui ?", "yes", {}}}};
  return {.model = "openai-api/fake",
          .endpoint = "http://127.0.0.1:1/v1",
          .seed = 0xfedcba9876543210,
          .fingerprint = "f00d",
          .config_json = "{\"concurrency\":4}",
          .version = "0.0",
          .host = "test",
          .tasks = {sums, words}};
}

std::uint64_t small_seed(const std::string& task, const Question& question, int repeat) {
  return std::hash<std::string>()(task + question.id) + static_cast<std::uint64_t>(repeat);
}

Generation reply_saying(std::string text) {
  Generation reply;
  reply.text = std::move(text);
  reply.usage.completion = 12;
  reply.served_by = "fake-1";
  reply.attempts = 3;
  reply.first_token_ms = 5;
  reply.total_ms = 50;
  return reply;
}

Score score_of(Verdict verdict, std::string canonical) {
  Score score;
  score.verdict = verdict;
  score.extracted = canonical;
  score.canonical = std::move(canonical);
  score.span = Span{4, 6};
  score.thinking = Thinking::closed;
  score.explanation = "box";
  return score;
}

std::vector<SampleResult> results_of(Store& store, RunId run) {
  std::vector<SampleResult> results;
  REQUIRE(store.visit(run, [&](const SampleResult& result) { results.push_back(result); }));
  return results;
}

}  // namespace proctor::reports
