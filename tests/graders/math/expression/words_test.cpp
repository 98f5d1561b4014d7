// Words, units, letters of choices and times of day, as trees.
#include <doctest/doctest.h>

#include "tests/graders/math/expression/tree.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("the parser reads words") {
  check_trees({
      {"\\text{Evelyn}", "(text 'Evelyn')"},
      {"Evelyn", "(text 'Evelyn')"},
      {"\\text{no solution}", "(text 'no solution')"},
      {"no solution", "(text 'no solution')"},
      {"\\text{No solution.}", "(text 'No solution')"},
      {"\\text{ Infinitely  many }", "(text 'Infinitely many')"},
      {"Monday", "(text 'Monday')"},
      {"east", "(text 'east')"},
      {"odd", "(text 'odd')"},
      {"$odd$", "(text 'odd')"},
      {"no", "(text 'no')"},
      {"yes", "(text 'yes')"},
      {"DNE", "(text 'DNE')"},
      {"all real numbers", "(text 'all real numbers')"},
      {"all real numbers except 2", "(text 'all real numbers except 2')"},
      {"January 5, 2020", "(text 'January 5, 2020')"},
      {"\\text{Saturday, June 5}", "(text 'Saturday, June 5')"},
      {"4 to 1", "(text '4 to 1')"},
      {"The answer is $42$.", "(text 'The answer is 42')"},
      {"无解", "(text '无解')"},
      {"Tom and Jerry", "(list 'and' (text 'Tom') (text 'Jerry'))"},
      {"\\text{Tom and Jerry}", "(list 'and' (text 'Tom') (text 'Jerry'))"},
  });
}

TEST_CASE("the parser reads letters that are a product and no word") {
  check_trees({
      {"xy", "(product x y)"},
      {"abc", "(product a b c)"},
      {"ABC", "(product A B C)"},
      {"ki", "(product k i)"},
      {"mn", "(product m n)"},
  });
}

TEST_CASE("the parser reads upright names") {
  check_trees({
      {"\\mathrm{E}", "E"},
      {"\\text{13}", "13"},
      {"\\textbf{A}", "A"},
      {"\\operatorname{Var}(X)", "(apply 'Var' X)"},
  });
}

TEST_CASE("the parser reads choices") {
  check_trees({
      {"A", "A"},
      {"(B)", "B"},
      {"\\text{(C)}", "C"},
      {"\\textbf{(D)}", "D"},
      {"\\mathrm{D}", "D"},
      {"option B", "B"},
      {"Option (B)", "B"},
      {"\\text{Option A}", "A"},
      {"B. text", "(opaque 'choice' B (text 'text'))"},
      {"(D) Alina", "(opaque 'choice' D (text 'Alina'))"},
      {"C Cecile", "(opaque 'choice' C (text 'Cecile'))"},
      {"\\textbf{(B) } 24", "(opaque 'choice' B 24)"},
      {"\\textbf{(A)}\\ \\frac{1}{2}", "(opaque 'choice' A (quotient 1 2))"},
      {"B) 42", "(opaque 'choice' B 42)"},
  });
}

TEST_CASE("the parser reads units") {
  check_trees({
      {"5\\text{ cm}", "(quantity 'cm' 5)"},
      {"5 cm", "(quantity 'cm' 5)"},
      {"5cm", "(quantity 'cm' 5)"},
      {"24\\,\\mathrm{cm}", "(quantity 'cm' 24)"},
      {"15\\mbox{ cm}^2", "(quantity 'cm^2' 15)"},
      {"15\\text{ cm$^2$}", "(quantity 'cm^2' 15)"},
      {"15\\text{ square centimeters}", "(quantity 'cm^2' 15)"},
      {"864 \\mbox{ inches}^2", "(quantity 'inch^2' 864)"},
      {"3 sq. ft", "(quantity 'foot^2' 3)"},
      {"5 cubic meters", "(quantity 'm^3' 5)"},
      {"\\frac{1}{3} \\text{meters}", "(quantity 'm' (quotient 1 3))"},
      {"125\\textnormal{ miles}", "(quantity 'mile' 125)"},
      {"72\\text{ km/h}", "(quantity 'km/hour' 72)"},
      {"60 miles per hour", "(quantity 'mile/hour' 60)"},
      {"60 mph", "(quantity 'mile/hour' 60)"},
      {"10\\,\\mathrm{km}/\\mathrm{h}", "(quantity 'km/hour' 10)"},
      {"9.8 \\text{ m/s}^2", "(quantity 'm/second^2' 9.8)"},
      {"5\\ \\mathrm{m/s^2}", "(quantity 'm/second^2' 5)"},
      {"3\\,\\mathrm{m\\,s^{-1}}", "(quantity 'm/second' 3)"},
      {"5 \\,\\mathrm{N \\cdot m}", "(quantity 'N*m' 5)"},
      {"6.02\\times10^{23}\\text{ mol}^{-1}", "(quantity '1/mol' 6.02e23)"},
      {"2\\sqrt{3}\\text{ inches}", "(quantity 'inch' (product 2 (root 3 2)))"},
      {"18+2\\pi \\text{ cm}", "(quantity 'cm' (sum 18 (product 2 (constant 'pi'))))"},
      {"x = 5\\text{ cm}", "(relation '=' x (quantity 'cm' 5))"},
      {"{35 cm,4}", "(list ',' (quantity 'cm' 35) 4)"},
      {"3 \\text{ cm} \\times 4 \\text{ cm}", "(product (quantity 'cm' 3) (quantity 'cm' 4))"},
      {"2 hours 30 minutes", "(sum (quantity 'hour' 2) (quantity 'minute' 30))"},
      {"2 \\text{ hours and } 30 \\text{ minutes}",
       "(sum (quantity 'hour' 2) (quantity 'minute' 30))"},
      {"20^\\circ\\text{C}", "(quantity 'celsius' 20)"},
      {"20 degrees Celsius", "(quantity 'celsius' 20)"},
      {"15 (square feet)", "(quantity 'foot^2' 15)"},
      {"$\\frac{1}{2}$ cup", "(quantity 'cup' (quotient 1 2))"},
      {"6.67 \\times 10^{-11} \\mathrm{~N} \\cdot \\mathrm{m}^2 / \\mathrm{kg}^2",
       "(quantity 'N*m^2/kg^2' 6.67e-11)"},
      {"100\\text{ square units}", "(quantity 'unit^2' 100)"},
  });
}

TEST_CASE("a bare letter after a number is a variable") {
  check_trees({
      {"5 m", "(product 5 m)"},
      {"4t", "(product 4 t)"},
      {"3s", "(product 3 s)"},
      {"5g", "(product 5 g)"},
  });
}

TEST_CASE("the parser reads nouns") {
  check_trees({
      {"5\\text{ apples}", "(quantity 'apple' 5)"},
      {"5 apples", "(quantity 'apple' 5)"},
      {"12 ways", "(quantity 'way' 12)"},
      {"17\\text{ any text}", "(quantity 'any text' 17)"},
      {"3 people", "(quantity 'person' 3)"},
  });
}

TEST_CASE("the parser reads money") {
  check_trees({
      {"$5", "(quantity 'dollar' 5)"},
      {"5$", "(quantity 'dollar' 5)"},
      {"\\$18.90", "(quantity 'dollar' 18.90)"},
      {"\\$32,\\!348", "(quantity 'dollar' 32348)"},
      {"\\$1{,}250", "(quantity 'dollar' 1250)"},
      {"$5 and $10", "(list 'and' (quantity 'dollar' 5) (quantity 'dollar' 10))"},
      {"5 dollars", "(quantity 'dollar' 5)"},
      {"50 cents", "(quantity 'cent' 50)"},
      {"€20", "(quantity 'euro' 20)"},
      {"20€", "(quantity 'euro' 20)"},
      {"0.06 \\text{ yuan}", "(quantity 'yuan' 0.06)"},
  });
}

TEST_CASE("the parser reads times of day") {
  check_trees({
      {"12:00", "(text '12:00')"},
      {"3:45 pm", "(text '3:45 pm')"},
      {"3:45 \\text{ p.m.}", "(text '3:45 pm')"},
      {"10 a.m.", "(text '10 am')"},
      {"\\text{4:30 PM}", "(text '4:30 pm')"},
      {"1:05:09", "(text '1:05:09')"},
  });
}

TEST_CASE("a word that a number is rounded says nothing") {
  check_trees({
      {"\\approx 3.14", "3.14"},
      {"approximately 3.14", "3.14"},
      {"about 5", "5"},
  });
}

}  // namespace
}  // namespace proctor::graders::math
