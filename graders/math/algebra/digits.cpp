// The rules for decimal approximations of constants.
#include "graders/math/algebra/zero_test.h"

namespace proctor::graders::math {
namespace {

constexpr slong kPrecision = 192;

bool evaluate(const Form& form, Ball& out, Steps& steps) {
  BallEvaluator evaluator({}, {.precision = kPrecision, .real = false}, steps);
  return !form.has_symbol && evaluator.evaluate(form, out);
}

}  // namespace

bool within(const Form& a, const Form& b, const Rational& relative, Steps& steps) {
  if (a.is_number() && b.is_number()) {
    const Rational difference = (a.number - b.number).magnitude();
    const Rational left = a.number.magnitude();
    const Rational right = b.number.magnitude();
    return compare(difference, relative * (compare(left, right) < 0 ? right : left)) <= 0;
  }
  Forms forms;
  Ball size;
  Ball other;
  Ball difference;
  if (!evaluate(a, size, steps) || !evaluate(b, other, steps) ||
      !evaluate(*forms.difference(&a, &b), difference, steps)) {
    return false;
  }
  acb_abs(size.real(), size.get(), kPrecision);
  acb_abs(other.real(), other.get(), kPrecision);
  arb_max(size.real(), size.real(), other.real(), kPrecision);
  arb_mul_fmpz(size.real(), size.real(), fmpq_numref(relative.get()), kPrecision);
  arb_div_fmpz(size.real(), size.real(), fmpq_denref(relative.get()), kPrecision);
  acb_abs(difference.real(), difference.get(), kPrecision);
  return arb_le(difference.real(), size.real()) != 0;
}

bool agrees_to_digits(const Form& exact, const Rational& decimal, int digits, Steps& steps) {
  Ball value;
  if (decimal.is_zero() || !evaluate(exact, value, steps)) return false;
  if (!arb_contains_zero(acb_imagref(value.get())) || arb_contains_zero(value.real())) return false;
  if ((decimal.sign() > 0) != (arb_is_positive(value.real()) != 0)) return false;
  // In units of the last digit that has to agree.
  Ball unit;
  Ball place;
  arb_abs(value.real(), value.real());
  arb_set(unit.real(), value.real());
  arb_log_base_ui(unit.real(), unit.real(), 10, kPrecision);
  arb_floor(unit.real(), unit.real(), kPrecision);
  if (!arb_is_exact(unit.real())) return false;
  arb_sub_si(unit.real(), unit.real(), digits - 1, kPrecision);
  arb_set_ui(place.real(), 10);
  arb_pow(unit.real(), place.real(), unit.real(), kPrecision);
  Ball difference;
  arb_set_fmpq(difference.real(), decimal.magnitude().get(), kPrecision);
  arb_sub(difference.real(), value.real(), difference.real(), kPrecision);
  arb_div(difference.real(), difference.real(), unit.real(), kPrecision);
  Ball bound;
  arb_set_si(bound.real(), 1);
  if (!arb_lt(difference.real(), bound.real())) return false;
  arb_set_d(bound.real(), -0.5001);  // a digit rounded up from exactly one half is right too
  return arb_ge(difference.real(), bound.real()) != 0;
}

}  // namespace proctor::graders::math
