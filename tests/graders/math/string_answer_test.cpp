#include "graders/math/string_answer.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders {
namespace {

Result<Score> grade(const std::string& gold, const std::string& text) {
  Generation reply;
  reply.text = text;
  return make_string_answer({})->grade({.id = "q1", .text = "", .gold = gold, .attributes = {}},
                                       reply);
}

TEST_CASE(
    "mathematical answers are right when they are typeset otherwise and wrong when not equal") {
  struct Row {
    const char *gold, *reply;
    Verdict verdict;
    const char *extracted, *canonical;
  };
  constexpr Row kRows[] = {
      {"\\frac{1}{2}", "It is $\\boxed{\\dfrac12}$.", Verdict::correct, "\\dfrac12",
       "\\frac{1}{2}"},
      {"\\frac{1}{2}", "\\boxed{1/2}", Verdict::correct, "1/2", "\\frac{1}{2}"},
      {"\\frac{1}{2}", "\\boxed{2/1}", Verdict::wrong, "2/1", "\\frac{2}{1}"},
      {"\\text{(C)}", "\\boxed{(C)}", Verdict::correct, "(C)", "(C)"},
      {"5", "\\boxed{\\boxed{5}}", Verdict::correct, "\\boxed{5}", "5"},
      {"$x+1$", "The answer is $x + 1$.", Verdict::correct, "$x + 1$.", "x+1"},
      {"x+1", "Answer: x-1", Verdict::wrong, "x-1", "x-1"},
      {"5", "draft \\boxed{4}</think>So \\boxed{5}", Verdict::correct, "5", "5"},
      {"4", "draft \\boxed{4}</think>So \\boxed{5}", Verdict::wrong, "5", "5"},
      {"So it is \\boxed{5}.", "\\boxed{5}", Verdict::correct, "5", "5"},
      {"5", "I do not know.", Verdict::no_answer, "", ""},
      {"5", "<think>\\boxed{5}", Verdict::no_answer, "", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.gold);
    CAPTURE(row.reply);
    const Result<Score> score = grade(row.gold, row.reply);
    REQUIRE(score);
    CHECK(name_of(score->verdict) == name_of(row.verdict));
    CHECK(score->extracted == row.extracted);
    CHECK(score->canonical == row.canonical);
  }
}

TEST_CASE("a gold without content is an error that names the question") {
  const Result<Score> score = grade("$ $", "\\boxed{5}");
  REQUIRE_FALSE(score);
  CHECK(score.error().code() == ErrorCode::invalid_input);
  CHECK(score.error().message().find("q1") != std::string::npos);
}

}  // namespace
}  // namespace proctor::graders
