// Operators, fractions, roots and powers, as trees.
#include <doctest/doctest.h>

#include "tests/graders/math/expression/tree.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("the parser reads sums and signs") {
  check_trees({
      {"x+y", "(sum x y)"},
      {"p - q", "(sum p (negative q))"},
      {"x - -y", "(sum x y)"},
      {"-x-1", "(sum (negative x) (negative 1))"},
      {"-(x+1)", "(negative (sum x 1))"},
      {"1+2+3", "(sum 1 2 3)"},
      {"-\\frac{a}{b}", "(negative (quotient a b))"},
  });
}

TEST_CASE("the parser reads products written side by side") {
  check_trees({
      {"2x", "(product 2 x)"},
      {"2xy", "(product 2 x y)"},
      {"ab+ac", "(sum (product a b) (product a c))"},
      {"3abx^2", "(product 3 a b (power x 2))"},
      {"2(3)", "(product 2 3)"},
      {"(x-1)(x+1)", "(product (sum x (negative 1)) (sum x 1))"},
      {"x(x+1)", "(product x (sum x 1))"},
      {"2\\pi r", "(product 2 (constant 'pi') r)"},
      {"x\\frac{1}{2}", "(product x (quotient 1 2))"},
      {"2\\sqrt{3}", "(product 2 (root 3 2))"},
      {"\\sqrt{2}3", "(product (root 2 2) 3)"},
      {"i\\sqrt{3}", "(product i (root 3 2))"},
      {"mgh", "(product m g h)"},
  });
}

TEST_CASE("the parser reads products with a sign between") {
  check_trees({
      {"3*x^2 + 2", "(sum (product 3 (power x 2)) 2)"},
      {"2 \\cdot 3", "(product 2 3)"},
      {"2 \\times x", "(product 2 x)"},
      {"a \\ast b", "(product a b)"},
      {"2 \\cdot -3", "(product 2 (negative 3))"},
      {"3 x 4", "(product 3 4)"},
  });
}

TEST_CASE("the parser reads quotients") {
  check_trees({
      {"1/2", "(quotient 1 2)"},
      {"a/b/c", "(quotient (quotient a b) c)"},
      {"6 \\div 2", "(quotient 6 2)"},
      {"1/2x", "(product (quotient 1 2) x)"},
      {"1/2(x+1)", "(product (quotient 1 2) (sum x 1))"},
      {"n/2(n+1)", "(product (quotient n 2) (sum n 1))"},
      {"a/bc", "(quotient a (product b c))"},
      {"1/\\sqrt{2}", "(quotient 1 (root 2 2))"},
      {"x/y^2", "(quotient x (power y 2))"},
      {"3/(x+1)", "(quotient 3 (sum x 1))"},
      {"3/x+1", "(sum (quotient 3 x) 1)"},
      {"(n-1)(n-2)/2", "(quotient (product (sum n (negative 1)) (sum n (negative 2))) 2)"},
      {"1/2004!", "(quotient 1 (factorial 2004))"},
  });
}

TEST_CASE("the parser reads fractions in all spellings") {
  check_trees({
      {"\\frac{1}{2}", "(quotient 1 2)"},
      {"\\dfrac12", "(quotient 1 2)"},
      {"\\tfrac{1}2", "(quotient 1 2)"},
      {"\\cfrac1{2}", "(quotient 1 2)"},
      {"\\frac 59", "(quotient 5 9)"},
      {"\\frac1{\\sqrt2}", "(quotient 1 (root 2 2))"},
      {"\\frac{\\frac12}{\\frac34}", "(quotient (quotient 1 2) (quotient 3 4))"},
      {"1 \\over 2", "(quotient 1 2)"},
      {"{a+b \\over c}", "(quotient (sum a b) c)"},
      {"\\frac{x}{7}+\\frac{2}{7}", "(sum (quotient x 7) (quotient 2 7))"},
      {"\\frac{a}{b}\\frac{c}{d}", "(product (quotient a b) (quotient c d))"},
      {"3\\frac{x}{2}", "(product 3 (quotient x 2))"},
  });
}

TEST_CASE("the parser reads roots") {
  check_trees({
      {"\\sqrt{5}", "(root 5 2)"},
      {"\\sqrt3", "(root 3 2)"},
      {"\\sqrt 12", "(root 12 2)"},
      {"\\sqrt[3]{-27}", "(root (negative 27) 3)"},
      {"\\sqrt[n]{x}", "(root x n)"},
      {"\\sqrt{x}y", "(product (root x 2) y)"},
      {"\\sqrt{3+2\\sqrt{2}}", "(root (sum 3 (product 2 (root 2 2))) 2)"},
      {"\\sqrt(3)/2", "(quotient (root 3 2) 2)"},
      {"sqrt(3)/2", "(quotient (root 3 2) 2)"},
      {"sqrt(x^2+1)/x", "(quotient (root (sum (power x 2) 1) 2) x)"},
      {"\\cbrt{8}", "(root 8 3)"},
  });
}

TEST_CASE("the parser reads powers") {
  check_trees({
      {"x^2", "(power x 2)"},
      {"x^{2}y^3", "(product (power x 2) (power y 3))"},
      {"2^10", "(power 2 10)"},
      {"x^{1/2}", "(power x (quotient 1 2))"},
      {"10^-5", "(power 10 (negative 5))"},
      {"e^-x", "(power e (negative x))"},
      {"2^{3^2}", "(power 2 (power 3 2))"},
      {"2^3^2", "(power 2 (power 3 2))"},
      {"x^ab", "(product (power x a) b)"},
      {"x^{2}3", "(product (power x 2) 3)"},
      {"x**2", "(power x 2)"},
      {"(x+1)^{n-1}", "(power (sum x 1) (sum n (negative 1)))"},
      {"-2^2", "(negative (power 2 2))"},
      {"e^{i\\pi}", "(power e (product i (constant 'pi')))"},
      {"xe^x", "(product x (power e x))"},
      {"x^(1/2)", "(power x (quotient 1 2))"},
      {"x^\\frac12", "(power x (quotient 1 2))"},
      {"2^x(1+y)", "(product (power 2 x) (sum 1 y))"},
      {"x^*", "(power x *)"},
      {"\\mathbb{Z}^+", "(power (number_set 'Z') +)"},
  });
}

TEST_CASE("the parser reads factorials and binomials") {
  check_trees({
      {"3!", "(factorial 3)"},
      {"5!!", "(double_factorial 5)"},
      {"(n+1)!", "(factorial (sum n 1))"},
      {"\\frac{52!}{5!\\,47!}", "(quotient (factorial 52) (product (factorial 5) (factorial 47)))"},
      {"2^{n!}", "(power 2 (factorial n))"},
      {"\\binom{5}{2}", "(call 'binomial' 5 2)"},
      {"\\dbinom{n}{2}", "(call 'binomial' n 2)"},
      {"\\binom52", "(call 'binomial' 5 2)"},
      {"\\binom n k", "(call 'binomial' n k)"},
      {"{10 \\choose 3}", "(call 'binomial' 10 3)"},
      {"C(5,2)", "(call 'binomial' 5 2)"},
      {"C_6^3", "(call 'binomial' 6 3)"},
      {"C_{n}^{2}", "(call 'binomial' n 2)"},
      {"C_1^2", "(power C_1 2)"},
  });
}

TEST_CASE("the parser reads either sign") {
  check_trees({
      {"\\pm 3", "(plus_minus '+-' 3)"},
      {"1 \\pm \\sqrt{19}", "(plus_minus '+-' 1 (root 19 2))"},
      {"a \\mp b", "(plus_minus '-+' a b)"},
      {"\\frac{-1\\pm\\sqrt{13}}{6}", "(quotient (plus_minus '+-' (negative 1) (root 13 2)) 6)"},
      {"1 \\pm 2 + 3", "(sum (plus_minus '+-' 1 2) 3)"},
  });
}

TEST_CASE("the parser reads absolute values and rounding") {
  check_trees({
      {"|x|", "(call 'abs' x)"},
      {"||x|-1|", "(call 'abs' (sum (call 'abs' x) (negative 1)))"},
      {"|a||b|", "(product (call 'abs' a) (call 'abs' b))"},
      {"2|x|", "(product 2 (call 'abs' x))"},
      {"|x-1|+|x+2|", "(sum (call 'abs' (sum x (negative 1))) (call 'abs' (sum x 2)))"},
      {"\\left|3-\\sqrt{10}\\right|", "(call 'abs' (sum 3 (negative (root 10 2))))"},
      {"\\lvert -5\\rvert", "(call 'abs' (negative 5))"},
      {"\\|v\\|", "(call 'norm' v)"},
      {"\\left\\|v\\right\\|", "(call 'norm' v)"},
      {"\\lfloor -2.5 \\rfloor", "(call 'floor' (negative 2.5))"},
      {"\\lceil 2.1 \\rceil", "(call 'ceil' 2.1)"},
      {"\\left\\lfloor \\frac{n}{2} \\right\\rfloor", "(call 'floor' (quotient n 2))"},
  });
}

TEST_CASE("the parser reads remainders") {
  check_trees({
      {"17 \\bmod 5", "(call 'mod' 17 5)"},
      {"17 mod 5", "(call 'mod' 17 5)"},
      {"2^{10} \\mod 7", "(call 'mod' (power 2 10) 7)"},
  });
}

}  // namespace
}  // namespace proctor::graders::math
