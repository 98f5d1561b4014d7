#include "graders/math/expression/repair.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders::math {
namespace {

TEST_CASE("damaged text is repaired") {
  struct Row {
    std::string_view damaged, repaired;
  };
  constexpr Row kRows[] = {
      // doubled backslashes
      {"\\\\frac{1}{2}", "\\frac{1}{2}"},
      {"\\\\sqrt{2}\\\\pi", "\\sqrt{2}\\pi"},
      {"\\\\begin{pmatrix} 1 \\\\\\\\ 2 \\\\end{pmatrix}",
       "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}"},
      {"\\frac12 \\\\text{cm}", "\\frac12 \\text{cm}"},
      // control characters that were a backslash and a letter
      {"\frac{1}{2}", "\\frac{1}{2}"},
      {"\boxed{5}", "\\boxed{5}"},
      {"\text{13}", "\\text{13}"},
      {"2\times 3", "2\\times 3"},
      {"\right)", "\\right)"},
      {"x \neq 2", "x \\neq 2"},
      {"\vec{a}", "\\vec{a}"},
      {"\alpha", "\\alpha"},
      // characters that are not seen
      {"3\xE2\x80\x8B"
       "05",
       "305"},
      {"\xEF\xBB\xBF"
       "5",
       "5"},
      {std::string_view("5\0", 2), "5"},
      // characters that LaTeX spells
      {"\xEF\xBC\x94\xEF\xBC\x92", "42"},
      {"\xE2\x88\x92"
       "7",
       "-7"},
      {"x\xC2\xB2\xE2\x81\xB0", "x^{20}"},
      {"a\xE2\x82\x81\xE2\x82\x82", "a_{12}"},
      {"\xC2\xBD", "\\frac{1}{2}"},
      {"\xE2\x88\x9A"
       "2",
       "\\sqrt 2"},
      {"\xF0\x9D\x91\xA5", "x"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.repaired);
    CHECK(needs_repair(row.damaged));
    CHECK(repaired(row.damaged) == row.repaired);
    CHECK(repaired(row.repaired) == row.repaired);
  }
}

TEST_CASE("text that is not damaged stays as it is") {
  for (const std::string_view text : {
           "\\frac{1}{2}",
           "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}",
           "\\begin{pmatrix} x\\\\y \\end{pmatrix}",
           "a \\\\[4pt] b",
           "one\ntwo",
           "x\ty",
           "\\\n5",
           "\\",
           "",
       }) {
    CAPTURE(text);
    CHECK(repaired(text) == text);
  }
  CHECK_FALSE(needs_repair("\\frac{1}{2} + x^2"));
}

TEST_CASE("bytes that are no UTF-8 are kept") {
  for (const std::string_view text : {"\xFF", "5\xC3", "\xE2\x88", "\x80\x80", "\xF0\x9D\x91"}) {
    CHECK(repaired(text) == text);
  }
}

}  // namespace
}  // namespace proctor::graders::math
