#include "graders/math/boxed_answer.h"

#include <doctest/doctest.h>

#include <span>
#include <string>

namespace proctor::graders::math {
namespace {

struct Row {
  const char *reply, *rung, *text;
};

void check_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.reply);
    const std::optional<BoxedAnswer> answer = boxed_answer(row.reply);
    REQUIRE(answer);
    CHECK(answer->rung == row.rung);
    CHECK(answer->text == row.text);
    CHECK(answer->span.begin < answer->span.end);
    CHECK(answer->span.end <= std::string_view(row.reply).size());
  }
}

TEST_CASE("boxes with nothing but separators between are one answer") {
  constexpr Row kRows[] = {
      {"$\\boxed{1}$ and $\\boxed{2}$", "joined boxes", "1, 2"},
      {"\\boxed{1}, \\boxed{2}; \\boxed{3}", "joined boxes", "1, 2, 3"},
      {"\\[\\boxed{1} \\quad \\text{or} \\quad \\boxed{2}\\]", "joined boxes", "1, 2"},
      {"\\(\\boxed{1}\\) und \\(\\boxed{2}\\)", "joined boxes", "1, 2"},
      {"$\\boxed{a}\\text{ in the first case and }\\boxed{b}$", "joined boxes", "a, b"},
      {"$x=\\boxed{1}$ or $x = \\boxed{2}$", "joined boxes", "x=1, x = 2"},
      {"$y_1 = \\boxed{t}$ and $y_{2}=\\boxed{u}$", "joined boxes", "y_1 = t, y_{2}=u"},
      {"$\\boxed{1}$ and $x=\\boxed{2}$", "joined boxes", "1, 2"},
      {"\\boxed{5} \\boxed{5}", "joined boxes", "5"},
  };
  check_rows(kRows);
}

TEST_CASE("boxes of two sentences are two attempts and the last counts") {
  constexpr Row kRows[] = {
      {"\\boxed{1}. Then \\boxed{2}", "box", "2"},
      {"\\boxed{1}\n\n\\boxed{2}", "box", "2"},
      {"\\boxed{1}, corrected to \\boxed{2}", "box", "2"},
      {"\\boxed{1} \\text{ lies above } \\boxed{2}", "box", "2"},
      {"\\boxed{1}, or equivalently \\boxed{2}", "box", "2"},
      {"$2=\\boxed{1}$ and more, $3=\\boxed{2}$", "box", "2"},
  };
  check_rows(kRows);
}

TEST_CASE("a row of many boxes is a loop and no list") {
  std::string text;
  for (int i = 0; i < 16; ++i) text += "\\boxed{" + std::to_string(i) + "} ";
  CHECK(boxed_answer(text)->rung == "joined boxes");
  text += "\\boxed{16}";
  CHECK(boxed_answer(text)->rung == "box");
  CHECK(boxed_answer(text)->text == "16");
}

TEST_CASE("what stands directly after a box and belongs to its number is read with it") {
  constexpr Row kRows[] = {
      {"$\\boxed{5}\\%$", "box", "5\\%"},
      {"$\\boxed{5}$ %", "box", "5\\%"},
      {"$\\boxed{5}$ percent", "box", "5\\%"},
      {"$\\boxed{5}^\\circ$", "box", "5^\\circ"},
      {"$\\boxed{5} \\times 10^{-3}$ m", "box", "5\\times 10^{-3}"},
      {"$\\boxed{5}\\text{ cm}^2$", "box", "5\\text{ cm}^2"},
      {"$\\boxed{5}$ square feet", "box", "5\\text{ square feet}"},
      {"$\\boxed{5}$ miles per hour.", "box", "5\\text{ miles per hour}"},
      {"$\\boxed{5}$ is the number of cm", "box", "5"},
      {"$\\boxed{5}$ of them", "box", "5"},
      {"$\\boxed{5}$.", "box", "5"},
      {"$\\boxed{5} \\times 3$", "box", "5"},
  };
  check_rows(kRows);
}

TEST_CASE("a box that never ends is read to the end of its formula") {
  constexpr Row kRows[] = {
      {"$\\boxed{\\frac{1}{2}", "unterminated box", "\\frac{1}{2}"},
      {"$\\boxed{\\frac{1}{2}$ and so on", "unterminated box", "\\frac{1}{2}"},
      {"\\(\\boxed{x+1\\) is it", "unterminated box", "x+1"},
      {"\\boxed{7\nThis is all.", "unterminated box", "7"},
  };
  check_rows(kRows);
}

TEST_CASE("empty boxes are no answer") {
  for (const char* text : {"", "\\boxed{}", "\\boxed{ } and \\boxed{\\phantom{5}}", "boxed"}) {
    CAPTURE(text);
    CHECK_FALSE(boxed_answer(text));
  }
}

}  // namespace
}  // namespace proctor::graders::math
