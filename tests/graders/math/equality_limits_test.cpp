#include <doctest/doctest.h>

#include <string>

#include "graders/math/equality.h"
#include "tests/graders/math/equality_rows.h"

namespace proctor::graders::math {
namespace {

// Nothing here may be written out, and nothing guessed: what differs is shown to differ or left
// undecided, and what is equal by its form is equal.
TEST_CASE("numbers too large to write out are compared by their form") {
  constexpr EqualityRow kRows[] = {
      {"1", "10^{10^{10}}", false},
      {"10^{10^{10}}", "10^{10^{11}}", false},
      {"10^{10^{10}}", "10^{10^{10}}+1", false},
      {"\\sqrt{10^{10^{10}}+1}", "10^{5000000000}", false},
      {"7^{7^{7^7}}", "7^{7^{7^7}}+1", false},
      {"7^{7^{7^7}}", "7^{7^{7^8}}", false},
      {"5^{5^{5^{5^5}}}", "5", false},
      {"2^{1000000}", "4^{500000}", true},
      {"2^{1000000}", "4^{500000}-1", false},
      {"6^{10^{12}}", "2^{10^{12}}\\cdot3^{10^{12}}", true},
      {"9999999!", "9999999!+1", false},
      {"9999999!", "1", false},
      {"1000000!", "1000000\\cdot999999!", true},
      {"1000000!", "1000001\\cdot999999!", false},
      {"(10^{18})!", "2", false},
      {"\\binom{10^9}{2}", "499999999500000000", true},
      {"\\binom{10^9}{5\\cdot10^8}", "1", false},
      {"\\frac{1}{2^{99}}", "\\frac{1}{2^{98}}", false},
      {"\\frac{1}{2004!}", "\\frac{1}{2006!}", false},
      {"e^{-1000}", "0", false},
      {"1", "1+e^{-1000}", false},
      {"1", "\\sqrt{1+e^{-1000}}", false},
      {"1", "\\sqrt{1+10^{-1000000}}", false},
      {"1", "3^{10^{-1000}}", false},
      {"\\sqrt2", "\\sqrt{2+10^{-1000}}", false},
      {"\\sqrt{x}", "\\sqrt{x(1+10^{-1000})}", false},
      {"1", "(410!)^{1000.99}", false},
      {"1", "(504!)^{2816}", false},
      {"1", "2^{7^{5431}/\\frac{14}{35}}", false},
      {"1", "e^{e^{e^{e^e}}}", false},
      {"0", "\\sin(10^{10^{10}})", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("work beyond the budget is given up and said so") {
  const char* kTexts[] = {
      "\\det\\begin{pmatrix}x&2\\\\3&4\\end{pmatrix}^{41}",
      "\\sum_{a=1}^{200}\\sum_{b=1}^{200}\\sum_{c=1}^{200} \\sin(abc)",
      "\\frac{1}{3^{80000}}+\\frac{1}{5^{50000}}+\\frac{1}{7^{40000}}+\\frac{1}{11^{30000}}",
  };
  for (const char* text : kTexts) {
    CAPTURE(text);
    CHECK(compare(Answer("1"), Answer(text)).equality == Equality::over_budget);
  }
}

std::string repeated(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

TEST_CASE("deep and long answers end in a verdict") {
  const std::string kTexts[] = {
      repeated("(", 1000) + "1" + repeated(")", 1000),
      repeated("\\frac{1}{1+", 200) + "x" + repeated("}", 200),
      repeated("\\sqrt{2+", 100) + "2" + repeated("}", 100),
      repeated("x+", 3000) + "x",
      repeated("(x+1)", 500),
      repeated("\\sin ", 200) + "x",
      repeated("2^{", 100) + "x" + repeated("}", 100),
      "\\{" + repeated("\\sqrt{2},", 300) + "1\\}",
      repeated("\\pm 1 ", 40),
      repeated("9", 15000),
      std::string(1'000'000, '{'),
  };
  for (const std::string& text : kTexts) {
    CAPTURE(text.substr(0, 20));
    const Answer answer(text);
    CHECK(compare(Answer("17/19"), answer).equality != Equality::equal);
    CHECK(compare(answer, Answer("17/19")).equality != Equality::equal);
  }
}

TEST_CASE("sets are matched up to a cap on their size") {
  std::string many = "\\{1";
  std::string reversed = "\\{";
  for (int i = 2; i <= 64; ++i) many += "," + std::to_string(i);
  for (int i = 64; i >= 2; --i) reversed += std::to_string(i) + ",";
  CHECK(compare(Answer(many + "\\}"), Answer(reversed + "1\\}")).equality == Equality::equal);
  CHECK(compare(Answer(many + "\\}"), Answer(reversed + "0\\}")).equality == Equality::unequal);
  CHECK(compare(Answer(many + ",65\\}"), Answer("65," + reversed.substr(2) + "1")).equality ==
        Equality::over_budget);
}

}  // namespace
}  // namespace proctor::graders::math
