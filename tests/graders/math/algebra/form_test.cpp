#include "graders/math/algebra/form.h"

#include "tests/graders/math/algebra/forms.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("different ways of writing an expression come to one form") {
  struct Row {
    const char *left, *right;
    bool same;
  };
  constexpr Row kRows[] = {
      {"x+y+x", "2x+y", true},
      {"2(x+y)", "2y+2x", true},
      {"x\\cdot y\\cdot x", "x^2y", true},
      {"\\frac{x}{y}\\cdot y", "x", true},
      {"x-x", "0", true},
      {"\\sqrt{12}", "2\\sqrt3", true},
      {"\\sqrt2\\cdot\\sqrt2", "2", true},
      {"\\sqrt2\\cdot\\sqrt3", "\\sqrt6", true},
      {"8^{2/3}", "4", true},
      {"\\sqrt{\\frac12}", "\\frac{\\sqrt2}{2}", true},
      {"2\\cdot2^n", "2^{n+1}", true},
      {"(x^2)^3", "x^6", true},
      {"(x^2)^{1/2}", "x", false},
      {"(xy)^2", "x^2y^2", true},
      {"(xy)^{1/2}", "x^{1/2}y^{1/2}", false},
      {"i^3", "-i", true},
      {"\\sqrt{-1}", "i", true},
      {"\\sin(-x)", "-\\sin x", true},
      {"\\cos(-x)", "\\cos x", true},
      {"|1-x|", "|x-1|", true},
      {"\\sin\\frac{7\\pi}{6}", "-\\frac12", true},
      {"\\cos\\frac{3\\pi}{4}", "-\\frac{\\sqrt2}{2}", true},
      {"\\tan x\\cos x", "\\sin x", true},
      {"e^{2\\ln x}", "x^2", true},
      {"\\frac{(n+1)!}{n!}", "n+1", true},
      {"6\\cdot0^n", "6\\cdot0^n", true},
      {"4^{10^{10}}", "2^{2\\cdot10^{10}}", true},
      {"(x+1)^2", "x^2+2x+1", false},
      {"x", "y", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.left);
    CAPTURE(row.right);
    FormReader reader;
    CHECK(same(*reader.read(row.left), *reader.read(row.right)) == row.same);
  }
}

TEST_CASE("forms without a value are undefined and equal to nothing") {
  for (const char* text : {"\\frac10", "0^0", "0^{-1}", "\\infty-\\infty", "0\\cdot\\infty",
                           "\\ln 0", "(-1)!", "\\cot 0", "\\gcd(\\frac12, 3)"}) {
    CAPTURE(text);
    FormReader reader;
    const Form* form = reader.read(text);
    CHECK(form->op == Op::undefined);
    CHECK(!same(*form, *reader.read(text)));
    CHECK(!same(*form, *form));
  }
}

TEST_CASE("infinity swallows numbers and keeps its sign") {
  FormReader reader;
  CHECK(same(*reader.read("\\infty+5"), *reader.read("\\infty")));
  CHECK(same(*reader.read("-2\\cdot\\infty"), *reader.read("-\\infty")));
  CHECK(!same(*reader.read("\\infty"), *reader.read("-\\infty")));
}

TEST_CASE("substitution rebuilds the form") {
  FormReader reader;
  Forms& forms = reader.forms();
  const Form* form = reader.read("x^2+\\sin(x)-3x");
  const Form* at_zero = forms.substitute(form, "x", forms.number(0));
  CHECK(at_zero->is_number());
  CHECK(at_zero->number == Rational(0));
  CHECK(same(*forms.substitute(form, "y", forms.number(1)), *form));
  const Form* replaced = forms.replace(form, reader.read("\\sin x"), forms.number(1));
  CHECK(same(*replaced, *reader.read("x^2+1-3x")));
}

TEST_CASE("symbols are listed once and in order") {
  FormReader reader;
  const auto names = symbols_of(*reader.read("yx^2+\\sin(y)+e^{z}"));
  REQUIRE(names.size() == 3);
  CHECK(names[0] == "x");
  CHECK(names[1] == "y");
  CHECK(names[2] == "z");
}

}  // namespace
}  // namespace proctor::graders::math
