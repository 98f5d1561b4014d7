#include <doctest/doctest.h>

#include "tests/graders/math/equality_rows.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("a name and its value answer each other") {
  constexpr EqualityRow kRows[] = {
      {"n=9", "9", true},
      {"n=9", "9=n", true},
      {"n=9", "m=9", false},
      {"n=9", "n=8", false},
      {"r=\\frac13\\approx0.33", "\\frac13", true},
      {"9", "n=4+5=9", true},
      {"9", "n=4+4=8", false},
      {"9", "4+5=9", true},
      {"f(x)=3x-1", "3x-1", true},
      {"f(x)=3x-1", "f(t)=3t-1", true},
      {"f(x)=3x-1", "g(x)=3x-1", false},
      {"f(x,y)=x-y", "f(y,x)=y-x", true},
      {"f(x,y)=x-y", "f(y,x)=x-y", false},
      {"P(A)=0.2", "0.2", true},
      {"P(A)=0.2", "P(B)=0.2", false},
      {"AB=5", "5", true},
      {"\\angle ABC=40^\\circ", "40", true},
      {"m\\angle B=40^\\circ", "40", true},
      {"x=1\\pm\\sqrt2", "1-\\sqrt2,1+\\sqrt2", true},
      {"e=\\frac12", "\\frac12", true},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("families of solutions may name their parameter and count otherwise") {
  constexpr EqualityRow kRows[] = {
      {"x=\\frac{\\pi}{6}+k\\pi, k\\in\\mathbb{Z}", "x=n\\pi+\\frac{\\pi}{6}, n\\in\\mathbb{Z}",
       true},
      {"x=k\\pi-\\frac{\\pi}{2}, k\\in\\mathbb{Z}", "x=n\\pi+\\frac{\\pi}{2}, n\\in\\mathbb{Z}",
       true},
      {"x=2k\\pi, k\\in\\mathbb{Z}", "x=-2n\\pi, n\\in\\mathbb{Z}", true},
      {"x=2k\\pi, k\\in\\mathbb{Z}", "x=k\\pi, k\\in\\mathbb{Z}", false},
      {"x=2k\\pi, k\\in\\mathbb{Z}", "x=2k\\pi", true},
      {"x=2k\\pi, k\\in\\mathbb{Z}", "x=2\\pi", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("equations are equal up to a constant factor") {
  constexpr EqualityRow kRows[] = {
      {"3x-2y=6", "6x-4y-12=0", true},
      {"3x-2y=6", "y=\\frac32x-3", true},
      {"3x-2y=6", "2y-3x=-6", true},
      {"3x-2y=6", "3x-2y=7", false},
      {"3x-2y=6", "3x-2z=6", false},
      {"3x-2y=6", "6", false},
      {"3x-2y=6", "3x-2y", false},
      {"y=2x-3", "2x-y=3", true},
      {"y=2x-3", "2x-3", true},
      {"2x-y=3", "2x-3", false},
      {"\\frac{x^2}{4}+\\frac{y^2}{9}=1", "9x^2+4y^2=36", true},
      {"\\frac{x^2}{4}+\\frac{y^2}{9}=1", "4x^2+9y^2=36", false},
      {"x^2=4", "4", false},
      {"1-y=-(-1)^n", "1+2y=-(-1)^n", false},
      {"x+y=3, x-y=1", "x-y=1, 2x+2y=6", true},
      {"x+y=3, x-y=1", "x+y=3, x-y=2", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("inequalities are equal up to a positive factor or a flip") {
  constexpr EqualityRow kRows[] = {
      {"x+2y<4", "2x+4y<8", true},
      {"x+2y<4", "-x-2y>-4", true},
      {"x+2y<4", "x+2y>4", false},
      {"x+2y<4", "x+2y\\le4", false},
      {"x+2y<4", "-x-2y<-4", false},
      {"-3t\\ge6", "t\\le-2", true},
      {"-3t\\ge6", "t\\ge-2", false},
      {"x>2", "y>2", false},
      {"x\\ge0, y\\ge0", "y\\ge0, x\\ge0", true},
      {"x^2+y^2\\le1", "2x^2+2y^2\\le2", true},
  };
  check_rows_both_ways(kRows);
}

}  // namespace
}  // namespace proctor::graders::math
