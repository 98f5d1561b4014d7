// Answers that were damaged on the way, as trees.
#include <doctest/doctest.h>

#include "tests/graders/math/expression/tree.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("the parser reads backslashes doubled by JSON") {
  check_trees({
      {"\\\\frac{1}{2}", "(quotient 1 2)"},
      {"-2 \\\\le x \\\\le 7", "(relation 'll' (negative 2) x 7)"},
      {"\\\\left( 3, \\\\frac{\\\\pi}{2} \\\\right)",
       "(bracketed '()' 3 (quotient (constant 'pi') 2))"},
      {"\\\\begin{pmatrix} 1 \\\\\\\\ 2 \\\\end{pmatrix}", "(matrix columns=1 1 2)"},
      {"\\\\text{no solution}", "(text 'no solution')"},
  });
}

TEST_CASE("rows are not doubled backslashes") {
  check_trees({
      {"\\begin{pmatrix}x\\\\y\\end{pmatrix}", "(matrix columns=1 x y)"},
      {"\\begin{pmatrix} 1 \\\\ -4 \\end{pmatrix}", "(matrix columns=1 1 (negative 4))"},
      {"\\begin{pmatrix}\\frac12\\\\\\frac13\\end{pmatrix}",
       "(matrix columns=1 (quotient 1 2) (quotient 1 3))"},
  });
}

TEST_CASE("the parser reads backslashes that were lost") {
  check_trees({
      {"frac{1}{2}", "(quotient 1 2)"},
      {"sqrt{3}", "(root 3 2)"},
      {"2*sqrt(3)", "(product 2 (root 3 2))"},
      {"boxed{5}", "5"},
  });
}

TEST_CASE("the parser reads braces and brackets that are not closed") {
  check_trees({
      {"\\frac{1}{2", "(quotient 1 2)"},
      {"\\boxed{\\frac{1}{2}", "(quotient 1 2)"},
      {"\\sqrt{3", "(root 3 2)"},
      {"\\left(1, 2", "(bracketed '()' 1 2)"},
      {"(1, 2", "(bracketed '()' 1 2)"},
      {"\\{1, 2", "(bracketed '{}' 1 2)"},
      {"\\left(1, 2)", "(bracketed '()' 1 2)"},
      {"5}", "5"},
      {"x^{2", "(power x 2)"},
  });
}

TEST_CASE("the parser reads through dollars and delimiters") {
  check_trees({
      {"$x$", "x"},
      {"$$x+1$$", "(sum x 1)"},
      {"\\(x\\)", "x"},
      {"\\[x\\]", "x"},
      {"x = $5$ or $6$", "(list 'or' (relation '=' x 5) 6)"},
  });
}

TEST_CASE("the parser reads through layout") {
  check_trees({
      {"\\displaystyle\\frac{3}{x+1}", "(quotient 3 (sum x 1))"},
      {"\\,\\frac12\\,", "(quotient 1 2)"},
      {"\\boxed{5}", "5"},
      {"\\boxed{\\boxed{5}}", "5"},
      {"\\color{red}{5}", "5"},
      {"\\underline{5}", "5"},
      {"\\textstyle 5", "5"},
      {"\\hspace{1em}5", "5"},
      {"{5}", "5"},
      {"{{5}}", "5"},
      {"5 \\\\", "5"},
      {"**73**", "73"},
      {"**x=5**", "(relation '=' x 5)"},
      {"*5*", "5"},
      {"5.", "5"},
      {"5,", "5"},
      {"x = 5;", "(relation '=' x 5)"},
      {"185\\", "185"},
      {"\\phantom{0}5", "5"},
      {"5 \\ \\ ", "5"},
  });
}

TEST_CASE("the parser reads Unicode") {
  check_trees({
      {"−3", "(negative 3)"},
      {"２３", "23"},
      {"½", "(quotient 1 2)"},
      {"3√5", "(product 3 (root 5 2))"},
      {"∛27", "(root 27 3)"},
      {"√(x+1)", "(root (sum x 1) 2)"},
      {"x²+y³", "(sum (power x 2) (power y 3))"},
      {"x₁+x₂", "(sum x_1 x_2)"},
      {"3×10⁴", "3e4"},
      {"3π/4", "(quotient (product 3 (constant 'pi')) 4)"},
      {"2π r", "(product 2 (constant 'pi') r)"},
      {"[0, ∞)", "(bracketed '[)' 0 (constant 'infinity'))"},
      {"(−∞, 2] ∪ [3, ∞)",
       "(set_operation 'union' (bracketed '(]' (negative (constant 'infinity')) 2) (bracketed '[)' "
       "3 (constant 'infinity')))"},
      {"x ≠ 2", "(relation 'n' x 2)"},
      {"x ∈ ℝ", "(relation 'e' x (number_set 'R'))"},
      {"5 ± 2", "(plus_minus '+-' 5 2)"},
      {"a⋅b", "(product a b)"},
      {"10°", "(degrees 10)"},
      {"⌊x⌋", "(call 'floor' x)"},
      {"⟨1, 2⟩", "(bracketed '<>' 1 2)"},
      {"𝑥+𝟏", "(sum x 1)"},
      {"（1，2）", "(bracketed '()' 1 2)"},
      {"5–3", "(sum 5 (negative 3))"},
      {"1 000", "1000"},
  });
}

TEST_CASE("the parser reads an answer that is empty") {
  check_trees({
      {"$$", "empty"},
      {"{}", "empty"},
      {"\\ ", "empty"},
      {".", "empty"},
  });
}

TEST_CASE("the parser reads nothing into what it does not understand") {
  check_trees({
      {"5 \\foo{3} @ 4", "unparsed"},
      {"3 4", "unparsed"},
      {"2x3", "unparsed"},
      {"\\underbrace{1+1}_{2}", "unparsed"},
      {"x +", "unparsed"},
      {"/2", "unparsed"},
      {"\\ll 5", "unparsed"},
      {"(1, 2}", "unparsed"},
      {")", "unparsed"},
      {"x < ", "unparsed"},
      {"3 | 6", "unparsed"},
      {"\\frac{}{2}", "unparsed"},
      {"\\sqrt{}", "unparsed"},
      {"5 + Tuesday morning", "unparsed"},
      {"The solution is $x \\leq 5$", "unparsed"},
  });
}

}  // namespace
}  // namespace proctor::graders::math
