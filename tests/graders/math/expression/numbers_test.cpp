// Numbers in every spelling, as trees.
#include <doctest/doctest.h>

#include "tests/graders/math/expression/tree.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("the parser reads whole numbers and their grouping") {
  check_trees({
      {"5", "5"},
      {"+7", "7"},
      {"-7", "(negative 7)"},
      {"--3", "3"},
      {"007", "007"},
      {"7,425,000", "7425000"},
      {"1{,}234{,}567", "1234567"},
      {"11,\\! 111,\\! 100", "11111100"},
      {"10,\\!080", "10080"},
      {"32,\\! 349", "32349"},
      {"1\\,234", "1234"},
      {"1\\;234", "1234"},
      {"1~234", "1234"},
      {"1 234 567", "1234567"},
      {"1,234.5", "1234.5"},
      {"1\\,234.5", "1234.5"},
      {"58,500", "58500"},
      {"100,200,300", "100200300"},
  });
}

TEST_CASE("the parser reads lists that look like grouped digits") {
  check_trees({
      {"1, 234", "(list ',' 1 234)"},
      {"4,8302", "(list ',' 4 8302)"},
      {"10,100,1000", "(list ',' 10 100 1000)"},
      {"1,23", "(list ',' 1 23)"},
      {"0,5", "(list ',' 0 5)"},
      {"0,12", "(list ',' 0 12)"},
      {"(1,234)", "(bracketed '()' 1 234)"},
      {"(99,503)", "(bracketed '()' 99 503)"},
      {"(1,234,567)", "(bracketed '()' 1 234 567)"},
      {"\\{100,200,300\\}", "(bracketed '{}' 100 200 300)"},
      {"[1,234]", "(bracketed '[]' 1 234)"},
      {"48;302", "(list ';' 48 302)"},
  });
}

TEST_CASE("the parser reads grouping and separating commas in one pair of brackets") {
  check_trees({
      {"(1,234, 5,678)", "(bracketed '()' 1234 5678)"},
      {"(1,234; 5)", "(bracketed '()' 1234 5)"},
      {"\\{1{,}234, 5\\}", "(bracketed '{}' 1234 5)"},
  });
}

TEST_CASE("the parser reads decimals") {
  check_trees({
      {".5", "0.5"},
      {"-.5", "(negative 0.5)"},
      {"0.50", "0.50"},
      {"12.00", "12.00"},
      {".0000672", "0.0000672"},
      {"326.5", "326.5"},
      {"5.", "5"},
      {"2{,}75", "2.75"},
      {"0,111", "0.111"},
      {"12,5\\%", "(percent 12.5)"},
      {"2,74$", "(quantity 'dollar' 2.74)"},
      {"1,5 km", "(quantity 'km' 1.5)"},
  });
}

TEST_CASE("the parser reads numbers with exponents") {
  check_trees({
      {"1e-5", "1e-5"},
      {"1.5E+03", "1.5e3"},
      {"6.02e23", "6.02e23"},
      {"1.5e-3", "1.5e-3"},
      {"6.02 \\times 10^{23}", "6.02e23"},
      {"-1.6\\times10^{-19}", "(negative 1.6e-19)"},
      {"2.5\\cdot 10^4", "2.5e4"},
      {"3.0 * 10^8", "3.0e8"},
      {"3.5 x 10^4", "3.5e4"},
      {"3.5x10^4", "3.5e4"},
      {"5 \\times 10^{(-3)}", "(product 5 (power 10 (negative 3)))"},
      {"16 \\times 10^{-20}", "16e-20"},
  });
}

TEST_CASE("the parser reads powers of ten that are no exponents of a number") {
  check_trees({
      {"1/2 \\cdot 10^3", "(product (quotient 1 2) (power 10 3))"},
      {"2\\pi \\times 10^3", "(product 2 (constant 'pi') (power 10 3))"},
      {"10^{-7}", "(power 10 (negative 7))"},
      {"10^5", "(power 10 5)"},
      {"2^2 \\cdot 10^3", "(product (power 2 2) (power 10 3))"},
      {"3 \\times 10^{n}", "(product 3 (power 10 n))"},
      {"3 \\times 10^{2^3}", "(product 3 (power 10 (power 2 3)))"},
  });
}

TEST_CASE("the parser reads mixed numbers") {
  check_trees({
      {"2\\frac13", "(mixed 2 (quotient 1 3))"},
      {"1\\frac{4}{5}", "(mixed 1 (quotient 4 5))"},
      {"137 \\frac{1}{2}", "(mixed 137 (quotient 1 2))"},
      {"-2\\frac{1}{3}", "(negative (mixed 2 (quotient 1 3)))"},
      {"2 3/4", "(mixed 2 (quotient 3 4))"},
      {"2\\tfrac{3}{4}", "(mixed 2 (quotient 3 4))"},
      {"1\\frac4{5}", "(mixed 1 (quotient 4 5))"},
      {"5 123/456", "(mixed 5 (quotient 123 456))"},
      {"1½", "(mixed 1 (quotient 1 2))"},
  });
}

TEST_CASE("the parser reads a product of a number and a fraction") {
  check_trees({
      {"4\\frac{3}{2}", "(product 4 (quotient 3 2))"},
      {"2\\frac{x}{3}", "(product 2 (quotient x 3))"},
      {"2.5\\frac{1}{2}", "(product 2.5 (quotient 1 2))"},
      {"3\\cdot\\frac12", "(product 3 (quotient 1 2))"},
      {"2\\times\\frac{1}{3}", "(product 2 (quotient 1 3))"},
  });
}

TEST_CASE("the parser reads repeating decimals") {
  check_trees({
      {"0.\\overline{3}", "0.(3)"},
      {"0.1\\overline{6}", "0.1(6)"},
      {"2.\\overline{45}", "2.(45)"},
      {"0.\\bar{3}", "0.(3)"},
      {"0.1\\dot{6}", "0.1(6)"},
      {"0.\\dot{1}4285\\dot{7}", "0.(142857)"},
      {"0.\\dot{1}\\dot{2}", "0.(12)"},
      {"0.(3)", "0.(3)"},
      {"0.1(6)", "0.1(6)"},
      {"0.333...", "0.33(3)"},
      {"0.1666\\ldots", "0.166(6)"},
      {"0.142857142857\\dots", "0.142857(142857)"},
      {"1.41421356...", "1.41421356"},
  });
}

TEST_CASE("the parser reads bases") {
  check_trees({
      {"1010_2", "(based '1010' 2)"},
      {"204_{5}", "(based '204' 5)"},
      {"2516_8", "(based '2516' 8)"},
      {"\\text{FF}_{16}", "(based 'FF' 16)"},
      {"FF_{16}", "(based 'FF' 16)"},
      {"1A3_{16}", "(based '1A3' 16)"},
      {"1AB_{16}", "(based '1AB' 16)"},
      {"1011_{\\text{two}}", "(based '1011' 2)"},
      {"312_{\\text{4}}", "(based '312' 4)"},
  });
}

TEST_CASE("the parser reads percent and degrees") {
  check_trees({
      {"10\\%", "(percent 10)"},
      {"10%", "(percent 10)"},
      {"28 %", "(percent 28)"},
      {"$28$ %", "(percent 28)"},
      {"25 percent", "(percent 25)"},
      {"33.5 pct", "(percent 33.5)"},
      {"12\\frac{1}{2}\\%", "(percent (mixed 12 (quotient 1 2)))"},
      {"\\frac{1}{2}\\%", "(percent (quotient 1 2))"},
      {"30^\\circ", "(degrees 30)"},
      {"30^{\\circ}", "(degrees 30)"},
      {"60\\degree", "(degrees 60)"},
      {"74 degrees", "(degrees 74)"},
      {"\\frac{270}7\\text{ degrees}", "(degrees (quotient 270 7))"},
      {"30°", "(degrees 30)"},
  });
}

TEST_CASE("ordinals are numbers") {
  check_trees({
      {"5th", "5"},
      {"21st", "21"},
      {"5^{\\text{th}}", "5"},
      {"3^{rd}", "3"},
  });
}

TEST_CASE("the parser reads numbers set in words of size") {
  check_trees({
      {"5 million", "(product 5 1000000)"},
      {"\\$1.5 \\text{ million}", "(quantity 'dollar' (product 1.5 1000000))"},
      {"3 thousand dollars", "(quantity 'dollar' (product 3 1000))"},
  });
}

}  // namespace
}  // namespace proctor::graders::math
