// The two evaluators against slow and plain ones: exact rationals, and doubles.
#include <cmath>
#include <complex>
#include <numbers>

#include "graders/math/algebra/ball.h"
#include "graders/math/algebra/modular.h"
#include "graders/math/algebra/rational.h"
#include "tests/graders/math/algebra/forms.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("rationals know their parts and rounding") {
  const Rational x(-7, 4);
  CHECK(x.text() == "-7/4");
  CHECK(x.floor() == Rational(-2));
  CHECK(x.ceiling() == Rational(-1));
  CHECK(x.magnitude() == Rational(7, 4));
  CHECK(x.inverse() == Rational(-4, 7));
  CHECK(x.power(-2) == Rational(16, 49));
  CHECK(x.sign() == -1);
  CHECK(!x.is_integer());
  CHECK(x.terminates());
  CHECK(!Rational(1, 6).terminates());
  CHECK(Rational(5).small() == 5);
  CHECK(!x.small());
  CHECK(!Rational(10).power(30).small());
  CHECK(parse_integer("123456789012345678901234567890").text() == "123456789012345678901234567890");
  CHECK(Rational(10).power(30).hash() != Rational(10).power(31).hash());
  CHECK(compare(Rational(1, 3), Rational(1, 2)) < 0);
}

TEST_CASE("values modulo a prime are those of exact arithmetic") {
  FormReader reader;
  const auto value = [&](const char* text) { return evaluate_modular(*reader.read(text), 1); };
  CHECK(value("2x+3x")->value == value("5x")->value);
  CHECK(value("(x-y)(x+y)")->value == value("x^2-y^2")->value);
  CHECK(value("\\frac{1}{1+\\frac1x}")->value == value("\\frac{x}{x+1}")->value);
  CHECK(value("x^{-3}x^5")->value == value("x^2")->value);
  CHECK(value("x")->value != value("y")->value);
  CHECK(value("x")->pure);
  CHECK(value("\\pi x")->pure);
  CHECK(!value("\\pi e")->pure);
  CHECK(!value("\\sin x")->pure);
  CHECK(!value("\\sqrt x")->pure);
  CHECK(value("x+2^{61}")->long_numbers);
  CHECK(!value("\\frac{1}{(x+1)^2-x^2-2x-1}"));
  CHECK(evaluate_modular(*reader.read("x"), 1)->value !=
        evaluate_modular(*reader.read("x"), 2)->value);
}

TEST_CASE("balls hold the values that doubles come close to") {
  struct Row {
    const char* text;
    std::complex<double> value;
  };
  using std::numbers::e;
  using std::numbers::pi;
  const double x = 0.75;
  const Row kRows[] = {
      {"\\frac{x}{3}", x / 3},
      {"\\sin x", std::sin(x)},
      {"\\arccos x", std::acos(x)},
      {"\\arctan(5x)", std::atan(5 * x)},
      {"\\sinh x", std::sinh(x)},
      {"\\tanh x", std::tanh(x)},
      {"\\ln x", std::log(x)},
      {"e^{x^2}", std::exp(x * x)},
      {"x^{\\pi}", std::pow(x, pi)},
      {"x^{-7}", std::pow(x, -7)},
      {"(-x)^{1/3}", -std::cbrt(x)},
      {"(-x)^{2/3}", std::cbrt(x) * std::cbrt(x)},
      {"\\sqrt{-x}", {0, std::sqrt(x)}},
      {"\\ln(-x)", {std::log(x), pi}},
      {"(x+i)^2", {x * x - 1, 2 * x}},
      {"|x+i|", std::abs(std::complex<double>(x, 1))},
      {"\\lfloor 10x\\rfloor", 7},
      {"\\lceil 10x\\rceil", 8},
      {"(4x)!", 6},
      {"x!", std::tgamma(x + 1)},
      {"\\max(x, 1, e)", e},
      {"\\min(x, 1, e)", x},
      {"\\log_2 x", std::log2(x)},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    FormReader reader;
    const Assignment point[] = {{"x", Rational(3, 4)}};
    Steps steps(1'000'000);
    BallEvaluator evaluator(point, {.precision = 128, .real = false}, steps);
    Ball value;
    REQUIRE(evaluator.evaluate(*reader.read(row.text), value));
    const double real = arf_get_d(arb_midref(acb_realref(value.get())), ARF_RND_NEAR);
    const double imaginary = arf_get_d(arb_midref(acb_imagref(value.get())), ARF_RND_NEAR);
    CHECK(real == doctest::Approx(row.value.real()).epsilon(1e-12));
    CHECK(imaginary == doctest::Approx(row.value.imag()).epsilon(1e-12));
    CHECK(mag_cmp_2exp_si(arb_radref(acb_realref(value.get())), -100) < 0);
  }
}

TEST_CASE("outside of a real domain there is no real value") {
  for (const char* text : {"\\ln(-x)", "\\sqrt{-x}", "\\arcsin(2x)", "(-x)^{\\pi}", "\\arccos(-2x)",
                           "\\operatorname{arctanh}(2x)"}) {
    CAPTURE(text);
    FormReader reader;
    const Assignment point[] = {{"x", Rational(3, 4)}};
    Steps steps(1'000'000);
    Ball value;
    const Form* form = reader.read(text);
    CHECK(!BallEvaluator(point, {.precision = 64, .real = true}, steps).evaluate(*form, value));
    CHECK(BallEvaluator(point, {.precision = 64, .real = false}, steps).evaluate(*form, value));
  }
}

}  // namespace
}  // namespace proctor::graders::math
