#include "graders/math/normal_form.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders {
namespace {

TEST_CASE("answers that differ in typesetting have one normal form") {
  struct Row {
    const char *answer, *normal;
  };
  constexpr Row kRows[] = {
      {" $5$ ", "5"},
      {"\\(5\\)", "5"},
      {"5.", "5"},
      {"\\left( 3, \\frac{\\pi}{2} \\right)", "(3,\\frac{\\pi}{2})"},
      {"\\bigl[0,\\, 1\\bigr)", "[0,1)"},
      {"\\dfrac{1}{2}", "\\frac{1}{2}"},
      {"\\tfrac12", "\\frac{1}{2}"},
      {"\\frac 1 2", "\\frac{1}{2}"},
      {"\\frac{1}2", "\\frac{1}{2}"},
      {"\\frac1{\\sqrt2}", "\\frac{1}{\\sqrt{2}}"},
      {"\\frac{\\frac12}3", "\\frac{\\frac{1}{2}}{3}"},
      {"\\sqrt3", "\\sqrt{3}"},
      {"\\sqrt x", "\\sqrt{x}"},
      {"\\sqrt[3]2", "\\sqrt[3]{2}"},
      {"x^2", "x^{2}"},
      {"a_1", "a_{1}"},
      {"1/2", "\\frac{1}{2}"},
      {"-13/4", "-\\frac{13}{4}"},
      {"(1/2, 3/4)", "(\\frac{1}{2},\\frac{3}{4})"},
      {"\\text{Evelyn}", "Evelyn"},
      {"\\text{no solution}", "nosolution"},
      {"\\mbox{A}", "A"},
      {"5\\text{ cm}", "5"},
      {"5\\,\\text{cm}^2", "5"},
      {"5~\\mathrm{km}", "5"},
      {"$5$ \\text{ square units}", "5"},
      {"2\\sqrt{3}\\text{ inches}", "2\\sqrt{3}"},
      {"60^\\circ", "60"},
      {"60^{\\circ}", "60"},
      {"60°", "60"},
      {"60^\\degree", "60"},
      {"60\\degree", "60"},
      {"f \\circ g", "f\\circ g"},
      {"25\\%", "25"},
      {"25%", "25"},
      {"\\$5", "5"},
      {".5", "0.5"},
      {"-.5", "-0.5"},
      {"1,234", "1234"},
      {"1{,}234{,}567", "1234567"},
      {"1,\\!234", "1234"},
      {"1\\,234", "1234"},
      {"1 234", "1234"},
      {"x=5", "5"},
      {"x = -\\frac12", "-\\frac{1}{2}"},
      {"{5}", "5"},
      {"{{5}}", "5"},
      {"\\\\frac{1}{2}", "\\frac{1}{2}"},
      {"−5", "-5"},
      {"2π", "2\\pi"},
      {"x \\le 5", "x\\leq5"},
      {"\\pi r^2", "\\pi r^{2}"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.answer);
    CHECK(normal_form(row.answer) == row.normal);
    CHECK(normal_form(row.normal) == row.normal);
  }
}

TEST_CASE("answers that differ in value keep different normal forms") {
  struct Row {
    const char *left, *right;
  };
  constexpr Row kRows[] = {
      {"1 1/2", "11/2"},
      {"3,4", "34"},
      {"1, 234", "1234"},
      {"(1,2)", "(2,1)"},
      {"(1,2)", "[1,2]"},
      {"0.123,456", "0.123456"},
      {"0,123", "123"},
      {"1,2345", "12345"},
      {"10\\text{ am}", "10\\text{ pm}"},
      {"5\\text{ million}", "5"},
      {"2\\mathrm{i}", "2"},
      {"5x", "5"},
      {"2^1/2", "2^{1/2}"},
      {"1/2x", "\\frac{1}{2}"},
      {"x=5, y=6", "5, y=6"},
      {"xy=5", "5"},
      {"\\{1,2\\}", "(1,2)"},
      {"{a}{b}", "a}{b"},
      {"0.333...", "0.333"},
      {"0.50", "0.5"},  // trailing zeros say how exact a number is
      {"\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\end{pmatrix}"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.left);
    CAPTURE(row.right);
    CHECK(normal_form(row.left) != normal_form(row.right));
  }
}

TEST_CASE("a megabyte of anything has a normal form") {
  for (const char* piece : {"{", "}", "\\", "\\text{", "\\frac", "^", "$", "1,", ",000", "\\\\a",
                            "1/", "x=", "\\text{a}", "\\sqrt[", " "}) {
    CAPTURE(piece);
    std::string text = "1";
    while (text.size() < 1'000'000) text += piece;
    CHECK(normal_form(text).size() <= 4 * text.size());
    CHECK(normal_form("{" + text + "}").size() <= 4 * text.size());
  }
}

}  // namespace
}  // namespace proctor::graders
