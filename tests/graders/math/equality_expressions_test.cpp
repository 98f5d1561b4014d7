#include <doctest/doctest.h>

#include "graders/math/equality.h"
#include "tests/graders/math/equality_rows.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("expressions are equal as functions of the same variables") {
  constexpr EqualityRow kRows[] = {
      {"(x+3)(x-2)", "x^2+x-6", true},
      {"(x+3)(x-2)", "x^2-x-6", false},
      {"(x+3)(x-2)", "y^2+y-6", false},
      {"\\frac{x^2-4}{x-2}", "x+2", true},
      {"\\frac1a+\\frac1b", "\\frac{a+b}{ab}", true},
      {"\\frac1a+\\frac1b", "\\frac{2}{a+b}", false},
      {"x_1x_2", "x_2x_1", true},
      {"x_1", "x_2", false},
      {"3n+1", "3N+1", false},
      {"x", "x+10^{-40}", false},
      {"x+9223372036854775807y", "x", false},
      {"x+2305843009213693951y", "x", false},
      {"(1+x)^{500}", "(1+x)^{501}", false},
      {"2^{n+2}", "4\\cdot2^n", true},
      {"4^n", "2^{2n}", true},
      {"4^n", "2^{n^2}", false},
      {"\\frac{(n+2)!}{n!}", "(n+1)(n+2)", true},
      {"\\frac{(n+2)!}{n!}", "(n+2)!", false},
      {"\\binom{n}{3}", "\\frac{n(n-1)(n-2)}{6}", true},
      {"\\sum_{k=1}^{n} k^2", "\\frac{n(n+1)(2n+1)}{6}", true},
      {"\\sum_{k=1}^{n} k^2", "\\frac{n(n+1)(2n-1)}{6}", false},
      {"\\sum_{k=0}^{n} 3^k", "\\frac{3^{n+1}-1}{2}", true},
      {"\\sqrt{x^2}", "|x|", true},
      {"\\sqrt{x^2}", "x", false},
      {"|x|", "x", false},
      {"|x-y|", "|y-x|", true},
      {"\\max(a,b)", "\\max(b,a)", true},
      {"\\max(a,b)", "a", false},
      {"\\frac{1}{\\sqrt{n}}", "\\sqrt{\\frac1n}", true},
      {"\\ln a^2", "2\\ln a", true},
      {"\\ln(ab)", "\\ln a+\\ln b", true},
      {"\\ln(a+b)", "\\ln a+\\ln b", false},
      {"\\log_3 x", "\\frac{\\ln x}{\\ln 3}", true},
      {"\\log_3 x", "\\log_x 3", false},
      {"\\sin 2x", "2\\sin x\\cos x", true},
      {"\\sin 2x", "2\\sin x", false},
      {"\\sin^2 x", "\\sin x^2", false},
      {"1+\\tan^2 t", "\\sec^2 t", true},
      {"\\frac{\\sin x}{1+\\cos x}", "\\tan\\frac x2", true},
      {"\\cosh x", "\\frac{e^x+e^{-x}}{2}", true},
      {"e^{ix}", "\\cos x+i\\sin x", true},
      {"e^{ix}", "\\cos x-i\\sin x", false},
      {"(-1)^n", "\\cos(\\pi n)", true},
      {"(-1)^n", "(-1)^{n+1}", false},
      {"(-1)^n+1", "0", false},
      {"(-1)^n y", "(-1)^n z", false},
      {"f(x+1)", "f(1+x)", true},
      {"f(x+1)", "f(x)+1", false},
      {"\\int_0^1 g(t)\\,dt", "\\int_0^1 g(t)\\,dt", true},
      {"\\int_0^1 g(t)\\,dt", "2", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("a logarithm without a base is read alike on both sides") {
  constexpr EqualityRow kRows[] = {
      {"2", "\\log 100", true},          {"\\log 2", "\\ln 2", true},
      {"\\log 2", "\\log_{10} 2", true}, {"\\log 2", "\\log_3 2", false},
      {"\\ln 2", "\\log_{10} 2", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("what has no value is never guessed at") {
  for (const char* text :
       {"\\frac10", "0^0", "\\infty-\\infty", "\\tan\\frac{\\pi}{2}", "\\frac{\\infty}{\\infty}"}) {
    CAPTURE(text);
    CHECK(compare(Answer("1"), Answer(text)).equality == Equality::undecided);
    CHECK(compare(Answer("0"), Answer(text)).equality == Equality::undecided);
    CHECK(compare(Answer(text), Answer(text)).equality == Equality::equal);
  }
}

}  // namespace
}  // namespace proctor::graders::math
