#include "graders/math/extraction.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders {
namespace {

std::string part(const std::string& text, const std::optional<Span>& span) {
  return span ? text.substr(span->begin, span->end - span->begin) : "none";
}

TEST_CASE("an answer statement ends with its line or its sentence") {
  struct Row {
    const char *text, *statement;
  };
  constexpr Row kRows[] = {
      {"The answer is 5.", "5."},
      {"The answer is: $5$", "$5$"},
      {"ANSWER: x+1\nbye", "x+1"},
      {"**Final Answer:** $\\frac{1}{2}$", "$\\frac{1}{2}$"},
      {"The final answer is **7**", "7"},
      {"The answer is 5. I hope it is correct.", "5"},
      {"The answer is $0. 5$. Yes.", "$0. 5$"},
      {"The answer is 4.\nNo, the answer is 5.", "5."},
      {"The answer is 5.\nI hope that this answer helps.", "5."},
      {"The answer is 4.\nThe answer is:\n", "none"},
      {"The answers: 5", "none"},
      {"The answer isn't clear", "none"},
      {"It is 5.", "none"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(part(row.text, last_answer_statement(row.text)) == row.statement);
  }
}

TEST_CASE("the last answer line is the whole line") {
  const std::string text = "The answer is 4.\nMy ANSWER stands: 5\nThe answers differ.";
  CHECK(part(text, last_answer_line(text)) == "My ANSWER stands: 5");
  CHECK_FALSE(last_answer_line("no label\n5"));
}

TEST_CASE("a box outranks an answer line whatever their order") {
  const std::string text = "\\boxed{ 4 }\nThe answer is 5.";
  const std::optional<FoundAnswer> found = find_answer(text, last_answer_statement);
  REQUIRE(found);
  CHECK(found->rung == "box");
  CHECK(part(text, found->span) == "4");
  CHECK(find_answer("The answer is 5", last_answer_statement)->rung == "answer line");
  CHECK(find_answer("\\boxed{5", last_answer_statement)->rung == "unterminated box");
  CHECK_FALSE(find_answer("Perhaps 5", last_answer_statement));
}

TEST_CASE("a megabyte of labels on one line takes one pass") {
  std::string text;
  while (text.size() < 1'000'000) text += "answer ";
  CHECK_FALSE(last_answer_statement(text));
  CHECK(last_answer_line(text) == Span{0, text.size()});
}

}  // namespace
}  // namespace proctor::graders
