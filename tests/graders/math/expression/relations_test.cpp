// Equations, inequalities and conditions, as trees.
#include <doctest/doctest.h>

#include "tests/graders/math/expression/tree.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("the parser reads equations") {
  check_trees({
      {"x=5", "(relation '=' x 5)"},
      {"5=x", "(relation '=' 5 x)"},
      {"x = 17", "(relation '=' x 17)"},
      {"= 5", "5"},
      {"y = 2x + 3", "(relation '=' y (sum (product 2 x) 3))"},
      {"\\frac{x^2}{9}-\\frac{y^2}{16}=1",
       "(relation '=' (sum (quotient (power x 2) 9) (negative (quotient (power y 2) 16))) 1)"},
      {"(x,y)=(1,2)", "(relation '=' (bracketed '()' x y) (bracketed '()' 1 2))"},
      {"x == 3", "(relation '=' x 3)"},
      {"\\text{Area} = 5", "(relation '=' Area 5)"},
      {"Area = 5", "(relation '=' Area 5)"},
      {"\\text{Number of ways} = 5", "(relation '=' Number of ways 5)"},
      {"S_{MBCN}:S=7:32", "(relation '=' (ratio S_MBCN S) (ratio 7 32))"},
      {"A:B=1", "(relation '=' (ratio A B) 1)"},
  });
}

TEST_CASE("the parser reads chains") {
  check_trees({
      {"x = 5+5+1 = 11", "(relation '==' x (sum 5 5 1) 11)"},
      {"n=10+10=20", "(relation '==' n (sum 10 10) 20)"},
      {"x=1/3\\approx1.3", "(relation '=~' x (quotient 1 3) 1.3)"},
      {"1<x\\le 4", "(relation '<l' 1 x 4)"},
      {"-2 \\le x \\le 7", "(relation 'll' (negative 2) x 7)"},
      {"4\\ge x>1", "(relation 'g>' 4 x 1)"},
  });
}

TEST_CASE("the parser reads inequalities in all spellings") {
  check_trees({
      {"x >= 3", "(relation 'g' x 3)"},
      {"x <= 1", "(relation 'l' x 1)"},
      {"x \\geq 5", "(relation 'g' x 5)"},
      {"x \\leqslant 5", "(relation 'l' x 5)"},
      {"x \\lt 3", "(relation '<' x 3)"},
      {"x ≤ 5", "(relation 'l' x 5)"},
      {"x \\ne 2", "(relation 'n' x 2)"},
      {"x \\neq 2", "(relation 'n' x 2)"},
      {"x \\not= 2", "(relation 'n' x 2)"},
      {"x != 2", "(relation 'n' x 2)"},
      {"-2x<4", "(relation '<' (negative (product 2 x)) 4)"},
  });
}

TEST_CASE("the parser reads membership") {
  check_trees({
      {"x \\in [-2,7]", "(relation 'e' x (bracketed '[]' (negative 2) 7))"},
      {"x\\in(0,1)", "(relation 'e' x (bracketed '()' 0 1))"},
      {"x in [0,1]", "(relation 'e' x (bracketed '[]' 0 1))"},
      {"x\\notin\\{1\\}", "(relation 'E' x (bracketed '{}' 1))"},
      {"x \\not\\in \\{1\\}", "(relation 'E' x (bracketed '{}' 1))"},
      {"k \\in \\mathbb{Z}", "(relation 'e' k (number_set 'Z'))"},
  });
}

TEST_CASE("the parser reads congruences") {
  check_trees({
      {"x \\equiv 3 \\pmod 7", "(relation 'c' x (call 'mod' 3 7))"},
      {"x \\equiv 3 \\pmod{7}", "(relation 'c' x (call 'mod' 3 7))"},
      {"x = 3 (mod 7)", "(relation '=' x (call 'mod' 3 7))"},
  });
}

TEST_CASE("the parser reads several relations") {
  check_trees({
      {"x=1 or x=2", "(list 'or' (relation '=' x 1) (relation '=' x 2))"},
      {"x=1orx=-1", "(list 'or' (relation '=' x 1) (relation '=' x (negative 1)))"},
      {"x = 1, y = 2", "(list ',' (relation '=' x 1) (relation '=' y 2))"},
      {"x = 1 \\quad y = 2", "(list ',' (relation '=' x 1) (relation '=' y 2))"},
      {"x=3,\\ y=4", "(list ',' (relation '=' x 3) (relation '=' y 4))"},
      {"n=1, 2, 3", "(list ',' (relation '=' n 1) 2 3)"},
      {"x<1 \\text{ or } x>3", "(list 'or' (relation '<' x 1) (relation '>' x 3))"},
      {"x>0 \\land y<0", "(list 'and' (relation '>' x 0) (relation '<' y 0))"},
      {"a_3 = 2, a_{37} = 19", "(list ',' (relation '=' a_3 2) (relation '=' a_37 19))"},
      {"x = \\frac{\\pi}{4} + k\\pi, k \\in \\mathbb{Z}",
       "(list ',' (relation '=' x (sum (quotient (constant 'pi') 4) (product k (constant 'pi')))) "
       "(relation 'e' k (number_set 'Z')))"},
  });
}

TEST_CASE("the parser reads conditions on an answer") {
  check_trees({
      {"y=x^a \\text{ for some } a>0",
       "(opaque 'condition' (relation '=' y (power x a)) (relation '>' a 0))"},
      {"y=x^a for some a>0",
       "(opaque 'condition' (relation '=' y (power x a)) (relation '>' a 0))"},
      {"2^n \\text{ if } n>1", "(opaque 'condition' (power 2 n) (relation '>' n 1))"},
      {"x \\text{ where } x>0", "(opaque 'condition' x (relation '>' x 0))"},
      {"k\\pi\\ (k\\in\\mathbb{Z})",
       "(opaque 'condition' (product k (constant 'pi')) (relation 'e' k (number_set 'Z')))"},
  });
}

TEST_CASE("the parser reads limits and maps") {
  check_trees({
      {"x \\to 0", "(relation 'm' x 0)"},
      {"x -> 0", "(relation 'm' x 0)"},
  });
}

TEST_CASE("the parser reads ratios") {
  check_trees({
      {"3:4", "(ratio 3 4)"},
      {"3:4:5", "(ratio 3 4 5)"},
      {"5 : 2", "(ratio 5 2)"},
      {"9{:}45", "(ratio 9 45)"},
      {"\\sqrt{2}:1", "(ratio (root 2 2) 1)"},
  });
}

}  // namespace
}  // namespace proctor::graders::math
