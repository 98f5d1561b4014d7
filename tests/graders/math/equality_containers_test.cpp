#include <doctest/doctest.h>

#include "tests/graders/math/equality_rows.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("sets and lists ignore order and repetition") {
  constexpr EqualityRow kRows[] = {
      {"\\{3,4,5\\}", "\\{5,3,4\\}", true},
      {"\\{3,4,5\\}", "5,4,3", true},
      {"\\{3,4,5\\}", "\\{3,4\\}", false},
      {"\\{3,4,5\\}", "\\{3,4,6\\}", false},
      {"\\{3,3,4\\}", "\\{4,3\\}", true},
      {"3 \\text{ and } 4", "4,3", true},
      {"\\{\\sqrt8, \\frac12\\}", "\\{0.5, 2\\sqrt2\\}", true},
      {"\\pm 7", "7,-7", true},
      {"\\pm 7", "7", false},
      {"2\\pm\\sqrt3", "2+\\sqrt3,2-\\sqrt3", true},
      {"\\{1\\pm\\sqrt2, 5\\}", "5, 1-\\sqrt2, 1+\\sqrt2", true},
      {"\\{1,2\\}\\cup\\{3\\}", "\\{1,2,3\\}", true},
      {"\\emptyset", "\\{\\}", true},
      {"\\emptyset", "\\{0\\}", false},
      {"\\text{no solution}", "\\varnothing", true},
      {"(1,2),(3,4)", "(3,4),(1,2)", true},
      {"(1,2),(3,4)", "(2,1),(4,3)", false},
      {"8, 8", "8", true},
      {"8, 9", "8", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("tuples keep their order") {
  constexpr EqualityRow kRows[] = {
      {"(4,-1)", "(4,-1)", true},
      {"(4,-1)", "(-1,4)", false},
      {"(4,-1)", "(4,-1,0)", false},
      {"(4,-1)", "4,-1", true},
      {"(4,-1)", "-1,4", false},
      {"(4,-1)", "\\{4,-1\\}", false},
      {"(a,b)=(4,-1)", "(4,-1)", true},
      {"a=4,b=-1", "(4,-1)", true},
      {"a=4,b=-1", "b=-1,a=4", true},
      {"a=4,b=-1", "a=-1,b=4", false},
      {"a=4,b=-1", "c=4,d=-1", false},
      {"(2,\\frac{\\pi}{3})", "(2,\\pi/3)", true},
      {"\\begin{pmatrix}4\\\\-1\\end{pmatrix}", "(4,-1)", true},
      {"\\begin{pmatrix}4\\\\-1\\end{pmatrix}", "(-1,4)", false},
      {"a=1,b=2;a=3,b=4", "(3,4),(1,2)", true},
      {"a=1,b=2;a=3,b=4", "(1,4),(3,2)", false},
      {"t=1 \\text{ or } t=5", "5,1", true},
      {"t=1 \\text{ or } t=5", "t=1,5", true},
      {"t=1 \\text{ or } t=5", "t=1", false},
      {"t=1 \\text{ or } t=5", "s=1 \\text{ or } s=5", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("intervals are pieces of the line however they are written") {
  constexpr EqualityRow kRows[] = {
      {"(2,7]", "(2,7]", true},
      {"(2,7]", "[2,7)", false},
      {"(2,7]", "2<x\\le7", true},
      {"(2,7]", "7\\ge x>2", true},
      {"(2,7]", "x\\in(2,7]", true},
      {"(2,7)", "]2,7[", true},
      {"[2,7]", "(2,7)", false},
      {"[2,7]", "\\{x : 2\\le x\\le 7\\}", true},
      {"(-\\infty,3)", "x<3", true},
      {"(-\\infty,3)", "x\\le3", false},
      {"(-\\infty,3)", "3-x>0", true},
      {"(-\\infty,1)\\cup(4,\\infty)", "x<1 \\text{ or } x>4", true},
      {"(-\\infty,1)\\cup(4,\\infty)", "(4,\\infty)\\cup(-\\infty,1)", true},
      {"(-\\infty,1)\\cup(4,\\infty)", "1<x<4", false},
      {"[0,2]\\cup[1,5]", "[0,5]", true},
      {"[0,2)\\cup(2,5]", "[0,5]", false},
      {"[0,2)\\cup\\{2\\}", "[0,2]", true},
      {"\\mathbb{R}\\setminus\\{1\\}", "(-\\infty,1)\\cup(1,\\infty)", true},
      {"\\mathbb{R}\\setminus\\{1\\}", "x\\ne1", true},
      {"\\mathbb{R}", "(-\\infty,\\infty)", true},
      {"|x-1|\\le 2", "[-1,3]", true},
      {"|x|>2", "(-\\infty,-2)\\cup(2,\\infty)", true},
      {"|x|>2", "(-2,2)", false},
      {"[-\\sqrt2,\\sqrt2]", "[-2^{1/2},\\frac{2}{\\sqrt2}]", true},
      {"x>1, x<6", "(1,6)", true},
      {"p<t<q", "(p,q)", true},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("matrices are equal entry by entry and may be calculated") {
  constexpr EqualityRow kRows[] = {
      {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}",
       true},
      {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}",
       false},
      {"\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}", false},
      {"\\begin{pmatrix}2&4\\\\6&8\\end{pmatrix}", "2\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
       true},
      {"\\begin{pmatrix}7&10\\\\15&22\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^2",
       true},
      {"\\begin{pmatrix}-2&1\\\\1.5&-0.5\\end{pmatrix}",
       "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^{-1}", true},
      {"\\begin{vmatrix}1&2\\\\3&4\\end{vmatrix}", "-2", true},
      {"\\begin{pmatrix}1\\\\3\\end{pmatrix}+\\begin{pmatrix}2\\\\0\\end{pmatrix}",
       "\\begin{pmatrix}3\\\\3\\end{pmatrix}", true},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("piecewise functions are compared branch by branch") {
  constexpr EqualityRow kRows[] = {
      {"\\begin{cases}2x&x>1\\\\x^2&x\\le1\\end{cases}",
       "\\begin{cases}x^2&x\\le1\\\\x+x&x>1\\end{cases}", true},
      {"\\begin{cases}2x&x>1\\\\x^2&x\\le1\\end{cases}",
       "\\begin{cases}x^2&x>1\\\\2x&x\\le1\\end{cases}", false},
      {"\\begin{cases}2x&x>1\\\\x^2&\\text{otherwise}\\end{cases}",
       "\\begin{cases}x^2&x\\le1\\\\2x&x>1\\end{cases}", true},
      {"\\begin{cases}2x&x>1\\\\x^2&\\text{otherwise}\\end{cases}",
       "\\begin{cases}x^2&x<0\\\\2x&x>1\\end{cases}", false},
  };
  check_rows_both_ways(kRows);
}

}  // namespace
}  // namespace proctor::graders::math
