// Lists, tuples, sets, intervals and matrices, as trees.
#include <doctest/doctest.h>

#include "tests/graders/math/expression/tree.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("the parser reads lists") {
  check_trees({
      {"1,-2", "(list ',' 1 (negative 2))"},
      {"3, 5, 7", "(list ',' 3 5 7)"},
      {"1, 2, \\ldots, n", "(list ',' 1 2 (opaque 'dots') n)"},
      {"-12;-11;-10", "(list ';' (negative 12) (negative 11) (negative 10))"},
      {"i,-i", "(list ',' i (negative i))"},
      {"1+\\sqrt{2},\\ 1-\\sqrt{2}", "(list ',' (sum 1 (root 2 2)) (sum 1 (negative (root 2 2))))"},
      {"x^2 \\text{ and } x^3", "(list 'and' (power x 2) (power x 3))"},
      {"1 and 2", "(list 'and' 1 2)"},
      {"$1$ and $2$ and $3$", "(list 'and' 1 2 3)"},
      {"19, 46, and 82", "(list 'and' 19 46 82)"},
      {"19, 46, \\text{ and } 82", "(list 'and' 19 46 82)"},
      {"21,16 or 11", "(list 'or' 21 16 11)"},
      {"2或-3", "(list 'or' 2 (negative 3))"},
      {"3\\text{ or }8", "(list 'or' 3 8)"},
      {"a, b, \\text{ and } c", "(list 'and' a b c)"},
      {"{1,3}", "(list ',' 1 3)"},
      {"1, 2,", "(list ',' 1 2)"},
      {"(1,2),(3,4)", "(list ',' (bracketed '()' 1 2) (bracketed '()' 3 4))"},
      {"(1,6)\\text{ and }(6,1)", "(list 'and' (bracketed '()' 1 6) (bracketed '()' 6 1))"},
      {"\\text{A, B, C}", "(list ',' A B C)"},
      {"\\text{A and C}", "(list 'and' A C)"},
      {"2 \\quad 3", "(list ',' 2 3)"},
  });
}

TEST_CASE("a semicolon parts more than a comma") {
  check_trees({
      {"p=5,q=2;p=7,q=2",
       "(list ';' (list ',' (relation '=' p 5) (relation '=' q 2)) (list ',' (relation '=' p 7) "
       "(relation '=' q 2)))"},
      {"(1,2); (3,4)", "(list ';' (bracketed '()' 1 2) (bracketed '()' 3 4))"},
  });
}

TEST_CASE("the parser reads clauses of several equations") {
  check_trees({
      {"p = 5, q = 2 \\text{ and } p = 7, q = 2",
       "(list 'and' (list ',' (relation '=' p 5) (relation '=' q 2)) (list ',' (relation '=' p 7) "
       "(relation '=' q 2)))"},
      {"x=1,y=2\\text{ or }x=2,y=1",
       "(list 'or' (list ',' (relation '=' x 1) (relation '=' y 2)) (list ',' (relation '=' x 2) "
       "(relation '=' y 1)))"},
  });
}

TEST_CASE("the parser reads tuples") {
  check_trees({
      {"(1,2)", "(bracketed '()' 1 2)"},
      {"\\left( 3, \\frac{\\pi}{2} \\right)", "(bracketed '()' 3 (quotient (constant 'pi') 2))"},
      {"(6,31,-1)", "(bracketed '()' 6 31 (negative 1))"},
      {"\\bigl(1,2\\bigr)", "(bracketed '()' 1 2)"},
      {"(x)", "x"},
      {"((x))", "x"},
      {"\\langle 1, 2 \\rangle", "(bracketed '<>' 1 2)"},
      {"<1,2>", "(bracketed '<>' 1 2)"},
      {"[1,2]", "(bracketed '[]' 1 2)"},
      {"()", "(bracketed '()')"},
      {"[[1,2],[3,4]]", "(bracketed '[]' (bracketed '[]' 1 2) (bracketed '[]' 3 4))"},
  });
}

TEST_CASE("the parser reads brackets that only group") {
  check_trees({
      {"[x+1]", "(bracketed '[]' (sum x 1))"},
      {"2[x+1]", "(product 2 (sum x 1))"},
      {"[(x+1)^2-3]y", "(product (sum (power (sum x 1) 2) (negative 3)) y)"},
  });
}

TEST_CASE("the parser reads sets") {
  check_trees({
      {"\\{1,2,3\\}", "(bracketed '{}' 1 2 3)"},
      {"\\{0\\}", "(bracketed '{}' 0)"},
      {"\\{\\}", "(empty_set)"},
      {"\\emptyset", "(empty_set)"},
      {"\\varnothing", "(empty_set)"},
      {"\\left\\{\\frac13,\\frac12\\right\\}", "(bracketed '{}' (quotient 1 3) (quotient 1 2))"},
      {"\\{1\\pm\\sqrt{5},-2\\}", "(bracketed '{}' (plus_minus '+-' 1 (root 5 2)) (negative 2))"},
      {"\\{(3,4),(1,2)\\}", "(bracketed '{}' (bracketed '()' 3 4) (bracketed '()' 1 2))"},
      {"\\{1,3\\}\\cup\\{2,4\\}",
       "(set_operation 'union' (bracketed '{}' 1 3) (bracketed '{}' 2 4))"},
      {"\\mathbb{R} \\setminus \\{0\\}",
       "(set_operation 'difference' (number_set 'R') (bracketed '{}' 0))"},
      {"\\mathbb{N}", "(number_set 'N')"},
      {"\\R", "(number_set 'R')"},
      {"A \\cap B", "(set_operation 'intersection' A B)"},
      {"A \\cup B \\cup C", "(set_operation 'union' A B C)"},
      {"A \\cup B \\cap C", "(set_operation 'union' A (set_operation 'intersection' B C))"},
      {"A \\setminus B \\setminus C",
       "(set_operation 'difference' (set_operation 'difference' A B) C)"},
  });
}

TEST_CASE("the parser reads sets by their conditions") {
  check_trees({
      {"\\{x | x>2\\}", "(set_builder x (relation '>' x 2))"},
      {"\\{x \\mid x>2\\}", "(set_builder x (relation '>' x 2))"},
      {"\\{x : |x|<2\\}", "(set_builder x (relation '<' (call 'abs' x) 2))"},
      {"\\{x\\in\\mathbb{R} \\mid x>2, x<5\\}",
       "(set_builder (relation 'e' x (number_set 'R')) (relation '>' x 2) (relation '<' x 5))"},
      {"\\left\\{ x \\in \\mathbb{R} \\,\\middle|\\, x > 0 \\right\\}",
       "(set_builder (relation 'e' x (number_set 'R')) (relation '>' x 0))"},
      {"\\{(x,y) : x+y=1\\}", "(set_builder (bracketed '()' x y) (relation '=' (sum x y) 1))"},
      {"\\{n \\in \\mathbb{Z} : n \\text{ is even}\\}",
       "(set_builder (relation 'e' n (number_set 'Z')) (opaque 'even' n))"},
  });
}

TEST_CASE("the parser reads intervals") {
  check_trees({
      {"[0,1)", "(bracketed '[)' 0 1)"},
      {"(3,4]", "(bracketed '(]' 3 4)"},
      {"\\left(\\frac{3}{5},\\frac{8}{3}\\right]",
       "(bracketed '(]' (quotient 3 5) (quotient 8 3))"},
      {"(-\\infty, 0]", "(bracketed '(]' (negative (constant 'infinity')) 0)"},
      {"]0,1[", "(bracketed '][' 0 1)"},
      {"]0,1]", "(bracketed ']]' 0 1)"},
      {"[0,1[", "(bracketed '[[' 0 1)"},
      {"\\left]0,1\\right[", "(bracketed '][' 0 1)"},
      {"\\left(0, \\left.\\frac{1}{2}\\right]\\right.", "(bracketed '(]' 0 (quotient 1 2))"},
      {"(-\\infty, 3] \\cup \\{5\\}",
       "(set_operation 'union' (bracketed '(]' (negative (constant 'infinity')) 3) (bracketed '{}' "
       "5))"},
      {"(1,2) U (3,4)", "(set_operation 'union' (bracketed '()' 1 2) (bracketed '()' 3 4))"},
      {"(-\\infty, 2) \\cup (3, \\infty)",
       "(set_operation 'union' (bracketed '()' (negative (constant 'infinity')) 2) (bracketed '()' "
       "3 (constant 'infinity')))"},
  });
}

TEST_CASE("the parser reads matrices") {
  check_trees({
      {"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "(matrix columns=2 1 2 3 4)"},
      {"\\begin{bmatrix}2&0\\\\-1&7\\end{bmatrix}", "(matrix columns=2 2 0 (negative 1) 7)"},
      {"\\begin{pmatrix} -1/3 \\\\ 2/3 \\end{pmatrix}",
       "(matrix columns=1 (negative (quotient 1 3)) (quotient 2 3))"},
      {"\\begin{pmatrix} 1 & 2 & 3 \\end{pmatrix}", "(matrix columns=3 1 2 3)"},
      {"\\begin{pmatrix} 1 \\\\[4pt] 2 \\\\ \\end{pmatrix}", "(matrix columns=1 1 2)"},
      {"\\begin{smallmatrix} 1 & 0 \\end{smallmatrix}", "(matrix columns=2 1 0)"},
      {"\\left[\\begin{array}{cc}1 & 2 \\\\ \\hline 3 & 4\\end{array}\\right]",
       "(matrix columns=2 1 2 3 4)"},
      {"\\left(\\begin{array}{c|c}1 & 2\\end{array}\\right)", "(matrix columns=2 1 2)"},
      {"\\frac12\\begin{pmatrix} 2 & 4 \\end{pmatrix}",
       "(product (quotient 1 2) (matrix columns=2 2 4))"},
      {"\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}",
       "(call 'det' (matrix columns=2 1 2 3 4))"},
      {"\\left|\\begin{array}{cc}1&2\\\\3&4\\end{array}\\right|",
       "(call 'det' (matrix columns=2 1 2 3 4))"},
      {"(1,2,3)^T", "(power (bracketed '()' 1 2 3) T)"},
  });
}

TEST_CASE("rows of unlike length are no matrix") {
  check_trees({
      {"\\begin{pmatrix} 1 & 2 \\\\ 3 \\end{pmatrix}", "unparsed"},
      {"\\begin{pmatrix} 1 & \\\\ 3 & 4 \\end{pmatrix}", "unparsed"},
  });
}

TEST_CASE("the parser reads piecewise functions") {
  check_trees({
      {"\\begin{cases} x & x\\ge 0 \\\\ -x & x<0 \\end{cases}",
       "(piecewise x (relation 'g' x 0) (negative x) (relation '<' x 0))"},
      {"\\begin{cases} -x & \\text{if } x<0 \\\\ x, & \\text{if } x\\ge 0 \\end{cases}",
       "(piecewise (negative x) (relation '<' x 0) x (relation 'g' x 0))"},
      {"\\begin{cases} 1 & x=0 \\\\ 0 & \\text{otherwise} \\end{cases}",
       "(piecewise 1 (relation '=' x 0) 0 (text 'otherwise'))"},
      {"\\begin{cases} n/2 & n \\text{ even} \\\\ 3n+1 & n \\text{ is odd} \\end{cases}",
       "(piecewise (quotient n 2) (opaque 'even' n) (sum (product 3 n) 1) (opaque 'odd' n))"},
      {"\\left\\{\\begin{array}{ll} x & x>0 \\\\ -x & x \\le 0 \\end{array}\\right.",
       "(piecewise x (relation '>' x 0) (negative x) (relation 'l' x 0))"},
      {"f(x)=\\begin{cases} 1, & x>0 \\\\ 0, & x\\le 0 \\end{cases}",
       "(relation '=' (apply 'f' x) (piecewise 1 (relation '>' x 0) 0 (relation 'l' x 0)))"},
  });
}

TEST_CASE("the parser reads systems") {
  check_trees({
      {"\\begin{cases} x=1 \\\\ y=2 \\end{cases}",
       "(list ',' (relation '=' x 1) (relation '=' y 2))"},
      {"\\left\\{\\begin{aligned} x&=1 \\\\ y&=2 \\end{aligned}\\right.",
       "(list ',' (relation '=' x 1) (relation '=' y 2))"},
      {"\\begin{aligned} y &= (x+1)^2 \\\\ &= x^2+2x+1 \\end{aligned}",
       "(relation '==' y (power (sum x 1) 2) (sum (power x 2) (product 2 x) 1))"},
      {"\\begin{align*} x &= 3 \\end{align*}", "(relation '=' x 3)"},
      {"\\begin{array}{l} x=1 \\\\ y=2 \\end{array}",
       "(list ',' (relation '=' x 1) (relation '=' y 2))"},
  });
}

}  // namespace
}  // namespace proctor::graders::math
