// Symbols, constants and functions, as trees.
#include <doctest/doctest.h>

#include "tests/graders/math/expression/tree.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("the parser reads symbols") {
  check_trees({
      {"x", "x"},
      {"\\theta", "theta"},
      {"x_1+x_2", "(sum x_1 x_2)"},
      {"x_{12}", "x_12"},
      {"a_{n+1}", "a_n+1"},
      {"A_{\\max}", "A_max"},
      {"A_{\\text{max}}", "A_max"},
      {"f'", "f'"},
      {"x'", "x'"},
      {"f''", "f''"},
      {"\\vec{a}", "vec a"},
      {"\\hat{x}", "hat x"},
      {"\\varphi", "phi"},
      {"\\mathbf{v}", "v"},
      {"\\angle ABC", "angle ABC"},
      {"\\triangle ABC", "triangle ABC"},
      {"\\ell", "ell"},
  });
}

TEST_CASE("the parser reads constants and symbols that could be one") {
  check_trees({
      {"\\pi", "(constant 'pi')"},
      {"pi/4", "(quotient (constant 'pi') 4)"},
      {"2pi", "(product 2 (constant 'pi'))"},
      {"e", "e"},
      {"\\mathrm{e}", "(constant 'e')"},
      {"\\mathrm{i}", "(constant 'i')"},
      {"3+2i", "(sum 3 (product 2 i))"},
      {"2\\mathrm{i}", "(product 2 (constant 'i'))"},
      {"\\infty", "(constant 'infinity')"},
      {"-\\infty", "(negative (constant 'infinity'))"},
      {"infinity", "(constant 'infinity')"},
  });
}

TEST_CASE("the parser reads trigonometric functions") {
  check_trees({
      {"\\sin x", "(call 'sin' x)"},
      {"\\sin 2x", "(call 'sin' (product 2 x))"},
      {"\\sin 2x \\cos x", "(product (call 'sin' (product 2 x)) (call 'cos' x))"},
      {"2 \\sin b \\cos a", "(product 2 (call 'sin' b) (call 'cos' a))"},
      {"\\sin(x)", "(call 'sin' x)"},
      {"\\sin(x^2)", "(call 'sin' (power x 2))"},
      {"\\sin x^2", "(call 'sin' (power x 2))"},
      {"\\sin^2 x", "(power (call 'sin' x) 2)"},
      {"\\sin^{2}\\theta", "(power (call 'sin' theta) 2)"},
      {"\\sin(x)^2", "(power (call 'sin' x) 2)"},
      {"\\sin^{-1} x", "(call 'asin' x)"},
      {"\\sin^{-1}\\frac{1}{2}", "(call 'asin' (quotient 1 2))"},
      {"\\tan^-1(x)", "(call 'atan' x)"},
      {"\\sec^{-2} x", "(power (call 'sec' x) (negative 2))"},
      {"\\arcsin\\frac12", "(call 'asin' (quotient 1 2))"},
      {"\\operatorname{arcsin} x", "(call 'asin' x)"},
      {"\\mathrm{sin}\\,x", "(call 'sin' x)"},
      {"\\sin 30^\\circ", "(call 'sin' (degrees 30))"},
      {"\\sin\\pi/4", "(call 'sin' (quotient (constant 'pi') 4))"},
      {"\\sin x/2", "(quotient (call 'sin' x) 2)"},
      {"\\sin 2(x+1)", "(call 'sin' (product 2 (sum x 1)))"},
      {"\\cos x (1+y)", "(product (call 'cos' x) (sum 1 y))"},
      {"\\cos x(1+y)", "(product (call 'cos' x) (sum 1 y))"},
      {"\\ln x(x+1)", "(product (call 'ln' x) (sum x 1))"},
      {"\\sin -x", "(call 'sin' (negative x))"},
      {"sin(2x) + cosx", "(sum (call 'sin' (product 2 x)) (call 'cos' x))"},
      {"\\sinh^{-1} x", "(call 'asinh' x)"},
      {"\\tg x", "(call 'tan' x)"},
      {"\\sec^2\\theta-\\tan^2\\theta",
       "(sum (power (call 'sec' theta) 2) (negative (power (call 'tan' theta) 2)))"},
      {"\\cos\\frac{x}{2}\\sin\\frac{x}{2}",
       "(product (call 'cos' (quotient x 2)) (call 'sin' (quotient x 2)))"},
  });
}

TEST_CASE("the parser reads logarithms") {
  check_trees({
      {"\\ln 2", "(call 'ln' 2)"},
      {"\\ln(xy)", "(call 'ln' (product x y))"},
      {"\\ln|x|", "(call 'ln' (call 'abs' x))"},
      {"\\ln x^3", "(call 'ln' (power x 3))"},
      {"(\\ln x)^3", "(power (call 'ln' x) 3)"},
      {"\\ln^2 x", "(power (call 'ln' x) 2)"},
      {"\\ln 10/\\ln 2", "(quotient (call 'ln' 10) (call 'ln' 2))"},
      {"\\log x", "(call 'log' x)"},
      {"\\log_2 8", "(call 'log' 8 2)"},
      {"\\log_28", "(call 'log' 8 2)"},
      {"\\log_{\\frac12} 8", "(call 'log' 8 (quotient 1 2))"},
      {"\\log_2(x+1)", "(call 'log' (sum x 1) 2)"},
      {"\\log_2^3 x", "(power (call 'log' x 2) 3)"},
      {"log_2(8)", "(call 'log' 8 2)"},
      {"log10(100)", "(call 'log' 100 10)"},
      {"\\lg 100", "(call 'log' 100 10)"},
      {"e^{2\\ln 3}", "(power e (product 2 (call 'ln' 3)))"},
      {"\\exp(x)", "(call 'exp' x)"},
  });
}

TEST_CASE("the parser reads functions of several arguments") {
  check_trees({
      {"\\max(x,0)", "(call 'max' x 0)"},
      {"\\max\\{3,7\\}", "(call 'max' 3 7)"},
      {"\\min(1, 2, 3)", "(call 'min' 1 2 3)"},
      {"\\gcd(12, 18)", "(call 'gcd' 12 18)"},
      {"\\mathrm{lcm}(4,6)", "(call 'lcm' 4 6)"},
      {"gcd(12,18)", "(call 'gcd' 12 18)"},
  });
}

TEST_CASE("the parser reads complex parts") {
  check_trees({
      {"\\overline{2+3i}", "(call 'conjugate' (sum 2 (product 3 i)))"},
      {"\\bar{z}", "(call 'conjugate' z)"},
      {"\\Re(z)", "(call 're' z)"},
      {"\\operatorname{Im} z", "(call 'im' z)"},
      {"\\arg(z)", "(call 'arg' z)"},
      {"2\\operatorname{cis}\\frac{\\pi}{3}",
       "(product 2 (sum (call 'cos' (quotient (constant 'pi') 3)) (product (constant 'i') (call "
       "'sin' (quotient (constant 'pi') 3)))))"},
  });
}

TEST_CASE("the parser reads functions that the text defines") {
  check_trees({
      {"f(x)=x^2+1", "(relation '=' (apply 'f' x) (sum (power x 2) 1))"},
      {"f(x)", "(apply 'f' x)"},
      {"f(2)", "(apply 'f' 2)"},
      {"0<f(x)<1", "(relation '<<' 0 (apply 'f' x) 1)"},
      {"f^{-1}(x)=\\frac{x-3}{2}",
       "(relation '=' (apply 'f^-1' x) (quotient (sum x (negative 3)) 2))"},
      {"f'(x)=2x", "(relation '=' (apply 'f'' x) (product 2 x))"},
      {"f_1(x)=x", "(relation '=' (apply 'f_1' x) x)"},
      {"W(n) = 1", "(relation '=' (apply 'W' n) 1)"},
      {"y(t) = e^{-t}", "(relation '=' (apply 'y' t) (power e (negative t)))"},
      {"T(n)=2T(n/2)+n",
       "(relation '=' (apply 'T' n) (sum (product 2 (apply 'T' (quotient n 2))) n))"},
      {"h(a+b)", "(product h (sum a b))"},
      {"P(3,4)", "(apply 'P' 3 4)"},
      {"P(A|B)=\\frac13", "(relation '=' (apply 'P' (opaque 'given' A B)) (quotient 1 3))"},
      {"P(X=2)", "(apply 'P' (relation '=' X 2))"},
      {"I(0)", "(apply 'I' 0)"},
      {"\\operatorname{ord}(x)", "(apply 'ord' x)"},
  });
}

TEST_CASE("the parser reads sums and products over a range") {
  check_trees({
      {"\\sum_{k=1}^{10} k", "(big_sum 'k' 1 10 k)"},
      {"\\sum_{k=1}^{10^{12}} k", "(big_sum 'k' 1 (power 10 12) k)"},
      {"\\sum\\limits_{i=0}^n i^2", "(big_sum 'i' 0 n (power i 2))"},
      {"\\sum_{n=1}^{\\infty}\\frac{1}{2^n}",
       "(big_sum 'n' 1 (constant 'infinity') (quotient 1 (power 2 n)))"},
      {"\\prod_{k=1}^{n} k", "(big_product 'k' 1 n k)"},
      {"\\sum x_i", "(opaque 'sum' x_i)"},
  });
}

TEST_CASE("the parser reads what is only compared by its parts") {
  check_trees({
      {"\\int_0^1 x^2\\,dx", "(opaque 'integral' 0 1 (power x 2) x)"},
      {"\\int x\\,dx", "(opaque 'integral' x x)"},
      {"\\lim_{x\\to 0} \\frac{\\sin x}{x}",
       "(opaque 'limit' (relation 'm' x 0) (quotient (call 'sin' x) x))"},
      {"\\frac{dy}{dx} = 2x", "(relation '=' dy/dx (product 2 x))"},
      {"\\dot{x}_{0}", "dot x_0"},
      {"f \\circ g", "(opaque 'composition' f g)"},
      {"1+2+\\cdots+n", "(sum 1 2 (opaque 'dots') n)"},
      {"\\overline{AB}", "(opaque 'line' AB)"},
      {"\\det A", "(call 'det' A)"},
  });
}

}  // namespace
}  // namespace proctor::graders::math
