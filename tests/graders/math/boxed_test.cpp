#include "graders/math/boxed.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders {
namespace {

std::string repeated(const std::string& piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

// What the last box holds with its wrappers gone, or "none".
std::string last_answer(const std::string& text) {
  const std::optional<Box> box = last_box(text);
  if (!box) return "none";
  return without_boxes(text.substr(box->content.begin, box->content.end - box->content.begin));
}

TEST_CASE("the last box with content is found and its braces are matched") {
  struct Row {
    const char *text, *answer;
  };
  const Row kRows[] = {
      {"so $\\boxed{5}$.", "5"},
      {"\\boxed{5} then \\boxed{6}", "6"},
      {"\\fbox{5}", "5"},
      {"\\boxed {5}", "5"},
      {"\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"},
      {"\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"},
      {"\\boxed{\\left\\{ x \\right.}", "\\left\\{ x \\right."},
      {"\\boxed{a \\\\ b}", "a \\\\ b"},
      {"\\\\boxed{5}", "5"},
      {"\\\\\\boxed{5}", "5"},
      {"\\boxed 5", "5"},
      {"\\boxed 25 is it", "25"},
      {"$\\boxed 25$", "25"},
      {"\\boxed \\frac{1}{2} is it", "\\frac{1}{2}"},
      {"\\(\\boxed -5\\)", "-5"},
      {"\\boxed{5} as asked in \\boxed and done", "5"},
      {"\\boxed{5}. I put it in \\boxed{} as told", "5"},
      {"\\boxed{5} and \\boxed{ \n }", "5"},
      {"\\boxed{\\boxed{5}}", "5"},
      {"\\boxed{x = \\boxed{5}}", "x = 5"},
      {"\\boxed{\\fbox{\\frac{1}{2}}}", "\\frac{1}{2}"},
      {"\\boxed{5} and \\boxed{\\boxed{}}", "5"},
      {"{{ \\boxed{5}", "5"},
      {"}} \\boxed{5}}", "5"},
      {"\\boxedsize{5}", "none"},
      {"boxed{5}", "none"},
      {"\\boxed{}", "none"},
      {"\\boxed", "none"},
      {"\\", "none"},
      {"", "none"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(last_answer(row.text) == row.answer);
  }
}

TEST_CASE("an unterminated box holds the rest of the text and says so") {
  const std::string text = "first \\boxed{4}, then \\boxed{\\frac{1}{2}";
  const std::optional<Box> box = last_box(text);
  REQUIRE(box);
  CHECK_FALSE(box->closed);
  CHECK(box->content == Span{text.size() - 11, text.size()});

  CHECK(last_answer("\\boxed{\\boxed{5") == "5");
  CHECK(last_answer("\\boxed{5 \\boxed{") == "5 ");
  CHECK(last_answer("a slip \\boxed{4 and then \\boxed{5} is right") == "5");
  CHECK(last_box("a slip \\boxed{4 and then \\boxed{5} is right")->closed);
}

TEST_CASE("a million boxes or braces take one pass and no recursion") {
  constexpr int kMany = 1'000'000;
  CHECK(last_answer(repeated("\\boxed{", kMany)) == "none");
  CHECK(last_answer(repeated("\\boxed ", kMany)) == "none");
  CHECK(last_answer(repeated("\\boxed{}", kMany)) == "none");
  CHECK(last_answer(repeated("{", kMany)) == "none");
  CHECK(last_answer(repeated("{", kMany) + "\\boxed{5}") == "5");
  CHECK(last_answer("\\boxed{5}" + repeated("}", kMany)) == "5");
  CHECK(last_answer(repeated("\\boxed{", kMany) + "5" + repeated("}", kMany)) == "5");
  CHECK(last_answer(repeated("\\boxed{", kMany) + "5") == "5");
  CHECK(last_answer(repeated("\\boxed 5{", kMany) + "\\boxed{6}") == "6");
  CHECK(last_answer("\\boxed{7" + repeated("\\", kMany) + "}") == "7" + repeated("\\", kMany));
}

}  // namespace
}  // namespace proctor::graders
