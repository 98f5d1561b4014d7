#include "harness/figures/breakdown.h"

#include <doctest/doctest.h>

#include <string>

using namespace proctor;
using harness::figures::break_down;
using reports::question_scores;

namespace {

Question question(std::vector<std::pair<std::string, std::string>> attributes) {
  Question made;
  made.attributes = std::move(attributes);
  return made;
}

}  // namespace

TEST_CASE("options of a multiple choice and places in the set are no breakdown") {
  const std::vector<Question> questions = {
      question({{"Subdomain", "Optics"}, {"option 1", "red"}, {"place", "1 of 2"}}),
      question({{"Subdomain", "Waves"}, {"option 1", "blue"}, {"place", "2 of 2"}})};
  const std::vector<reports::QuestionScores> scores = {question_scores(1, 4, 4),
                                                       question_scores(4, 4, 4)};
  const std::vector<reports::Breakdown> breakdowns = break_down(questions, scores);
  REQUIRE(breakdowns.size() == 1);
  CHECK(breakdowns[0].attribute == "Subdomain");
}

TEST_CASE("pass@1 is broken down by every attribute that parts the questions") {
  const std::vector<Question> questions = {
      question({{"difficulty", "hard"}, {"platform", "atcoder"}, {"date", "1"}}),
      question({{"difficulty", "easy"}, {"platform", "atcoder"}, {"date", "2"}}),
      question({{"difficulty", "hard"}, {"platform", "atcoder"}})};
  const std::vector<reports::QuestionScores> scores = {
      question_scores(1, 4, 4), question_scores(4, 4, 4), question_scores(1, 2, 4)};

  const std::vector<reports::Breakdown> breakdowns = break_down(questions, scores);
  REQUIRE(breakdowns.size() == 1);  // one platform parts nothing, and a question has no date
  CHECK(breakdowns[0].attribute == "difficulty");
  REQUIRE(breakdowns[0].parts.size() == 2);
  const reports::Part& easy = breakdowns[0].parts[0];
  const reports::Part& hard = breakdowns[0].parts[1];
  CHECK(easy.value == "easy");
  CHECK(easy.pass_1 == doctest::Approx(1));
  CHECK(hard.value == "hard");
  CHECK(hard.questions == 2);
  CHECK(hard.samples == 6);
  CHECK(hard.pass_1 == doctest::Approx((0.25 + 0.5) / 2));
  CHECK(hard.coverage == doctest::Approx(6.0 / 8));
}

TEST_CASE("an attribute with a value a question is not broken down by") {
  std::vector<Question> questions;
  for (int i = 0; i < 33; ++i) questions.push_back(question({{"title", std::to_string(i)}}));
  const std::vector<reports::QuestionScores> scores(questions.size(), question_scores(1, 1, 1));
  CHECK(break_down(questions, scores).empty());
  questions.pop_back();
  CHECK(break_down(questions, std::span(scores).first(32)).size() == 1);
  CHECK(break_down({}, {}).empty());
}
