#include "graders/math/algebra/ball.h"

#include <algorithm>
#include <cstdlib>

namespace proctor::graders::math {
namespace {

constexpr std::int64_t kCostOfFunction = 20;
constexpr std::int64_t kLongestPower = 1 << 16;  // by repeated squaring
constexpr std::int64_t kLongestRoot = 32;        // bits of a rational exponent, by roots
constexpr slong kWidestExponent = 2000;          // bits of what e is raised to
constexpr slong kWidestArgument = 50;            // bits of what a factorial is taken of

bool is_real(const Ball& x) { return arb_is_zero(acb_imagref(x.get())) != 0; }

bool surely_negative(const Ball& x) { return arb_is_negative(x.real()) != 0; }

bool holds_zero(const Ball& x) { return acb_contains_zero(x.get()) != 0; }

// Whether a real number surely lies outside of [low, high].
bool surely_outside(const Ball& x, slong low, slong high) {
  Ball bound;
  arb_set_si(bound.real(), low);
  if (arb_lt(x.real(), bound.real())) return true;
  arb_set_si(bound.real(), high);
  return arb_gt(x.real(), bound.real()) != 0;
}

bool surely_below(const Ball& x, slong low) {
  Ball bound;
  arb_set_si(bound.real(), low);
  return arb_lt(x.real(), bound.real()) != 0;
}

}  // namespace

bool BallEvaluator::evaluate(const Form& form, Ball& out) {
  if (!steps_.spend(options_.precision / 64)) return false;
  if (!value_of(form, out) || !acb_is_finite(out.get())) return false;
  for (const arb_struct* part : {acb_realref(out.get()), acb_imagref(out.get())}) {
    const arf_struct* middle = arb_midref(part);
    if (arb_contains_zero(part)) continue;  // its size is only noise
    widest_ = std::max(widest_, std::abs(arf_abs_bound_lt_2exp_si(middle)));
  }
  return true;
}

void BallEvaluator::set(const Rational& number, Ball& out) {
  widest_ = std::max(widest_, static_cast<slong>(number.bits()));
  acb_set_fmpq(out.get(), number.get(), options_.precision);
}

bool BallEvaluator::value_of(const Form& form, Ball& out) {
  const slong precision = options_.precision;
  switch (form.op) {
    case Op::number:
      set(form.number, out);
      return true;
    case Op::symbol:
      return symbol(form, out);
    case Op::constant:
      return constant(form.constant, out);
    case Op::sum: {
      set(form.number, out);
      Ball part;
      for (const Form* term : form.parts) {
        if (!evaluate(*term, part)) return false;
        acb_add(out.get(), out.get(), part.get(), precision);
      }
      return true;
    }
    case Op::product: {
      set(form.number, out);
      Ball part;
      for (const Form* factor : form.parts) {
        if (!evaluate(*factor, part)) return false;
        acb_mul(out.get(), out.get(), part.get(), precision);
      }
      return true;
    }
    case Op::power:
      return power(form, out);
    case Op::function:
      return function(form, out);
    case Op::undefined:
      return false;
  }
  return false;
}

bool BallEvaluator::symbol(const Form& form, Ball& out) {
  for (const Assignment& assignment : point_) {
    if (assignment.name != form.name) continue;
    set(assignment.value, out);
    return true;
  }
  return false;
}

bool BallEvaluator::constant(Constant which, Ball& out) {
  switch (which) {
    case Constant::pi:
      acb_const_pi(out.get(), options_.precision);
      return true;
    case Constant::e:
      acb_zero(out.get());
      arb_const_e(out.real(), options_.precision);
      return true;
    case Constant::i:
      acb_onei(out.get());
      return true;
    case Constant::infinity:
      return false;
  }
  return false;
}

bool BallEvaluator::power(const Form& form, Ball& out) {
  const Form& exponent = *form.parts[1];
  if (!steps_.spend(kCostOfFunction * options_.precision / 64)) return false;
  Ball base;
  if (form.parts[0]->is_constant(Constant::e)) {
    if (!evaluate(exponent, out)) return false;
    return exponential(out, out);
  }
  if (!evaluate(*form.parts[0], base)) return false;
  if (exponent.is_number()) {
    return exponent.number.is_integer() ? integer_power(base, exponent.number, out)
                                        : rational_power(base, exponent.number, out);
  }
  Ball value;
  return evaluate(exponent, value) && general_power(base, value, out);
}

bool BallEvaluator::integer_power(const Ball& base, const Rational& exponent, Ball& out) {
  if (exponent.sign() < 0 && holds_zero(base)) return false;
  const auto steps = exponent.small();
  widest_ = std::max(widest_, static_cast<slong>(exponent.bits()));
  if (steps && std::abs(*steps) <= kLongestPower) {
    acb_pow_si(out.get(), base.get(), *steps, options_.precision);
    return true;
  }
  Ball value;
  acb_set_fmpq(value.get(), exponent.get(), options_.precision + exponent.bits());
  return general_power(base, value, out);
}

bool BallEvaluator::rational_power(const Ball& base, const Rational& exponent, Ball& out) {
  const slong precision = options_.precision;
  const bool odd = fmpz_is_odd(fmpq_denref(exponent.get())) != 0;
  if (acb_is_zero(base.get())) {
    acb_zero(out.get());
    return exponent.sign() > 0;
  }
  if (holds_zero(base)) return false;
  Ball value;
  set(exponent, value);
  if (exponent.bits() > kLongestRoot) {
    return !surely_negative(base) && general_power(base, value, out);
  }
  if (!is_real(base) || (surely_negative(base) && !odd)) {
    if (is_real(base) && options_.real) return false;
    acb_pow(out.get(), base.get(), value.get(), precision);
    return true;
  }
  acb_zero(out.get());
  arb_abs(value.real(), base.real());
  arb_pow_fmpq(out.real(), value.real(), exponent.get(), precision);
  if (surely_negative(base) && fmpz_is_odd(fmpq_numref(exponent.get()))) {
    arb_neg(out.real(), out.real());
  }
  return true;
}

bool BallEvaluator::general_power(const Ball& base, const Ball& exponent, Ball& out) {
  const slong precision = options_.precision;
  if (acb_is_zero(base.get())) {
    acb_zero(out.get());
    return is_real(exponent) && arb_is_positive(exponent.real());
  }
  if (holds_zero(base)) return false;
  Ball logarithm_of_base;
  if (!is_real(base) || !surely_negative(base)) {
    acb_log(logarithm_of_base.get(), base.get(), precision);
    acb_mul(out.get(), logarithm_of_base.get(), exponent.get(), precision);
    return exponential(out, out);
  }
  if (is_real(exponent) && acb_is_int(exponent.get())) {
    arb_abs(logarithm_of_base.real(), base.real());
    arb_log(logarithm_of_base.real(), logarithm_of_base.real(), precision);
    acb_mul(out.get(), logarithm_of_base.get(), exponent.get(), precision);
    if (!exponential(out, out)) return false;
    Ball half;
    acb_mul_2exp_si(half.get(), exponent.get(), -1);
    if (!acb_is_int(half.get())) acb_neg(out.get(), out.get());
    return true;
  }
  if (options_.real && is_real(exponent)) return false;
  acb_pow(out.get(), base.get(), exponent.get(), precision);
  return true;
}

bool BallEvaluator::function(const Form& form, Ball& out) {
  if (!steps_.spend(kCostOfFunction * options_.precision / 64)) return false;
  switch (form.function) {
    case Function::max:
    case Function::min:
      return extreme(form, out);
    case Function::gcd:
    case Function::lcm:
    case Function::mod:
    case Function::double_factorial:
      return false;  // of whole numbers only, and forms have done those
    default: {
      Ball argument;
      return evaluate(*form.parts[0], argument) && function_of(form.function, argument, out);
    }
  }
}

bool BallEvaluator::function_of(Function which, const Ball& x, Ball& out) {
  const slong precision = options_.precision;
  const bool real = is_real(x);
  const bool within = options_.real && real;
  switch (which) {
    case Function::sin:
      acb_sin(out.get(), x.get(), precision);
      return true;
    case Function::cos:
      acb_cos(out.get(), x.get(), precision);
      return true;
    case Function::asin:
      if (within && surely_outside(x, -1, 1)) return false;
      acb_asin(out.get(), x.get(), precision);
      return true;
    case Function::acos:
      if (within && surely_outside(x, -1, 1)) return false;
      acb_acos(out.get(), x.get(), precision);
      return true;
    case Function::atan:
      acb_atan(out.get(), x.get(), precision);
      return true;
    case Function::sinh:
      acb_sinh(out.get(), x.get(), precision);
      return true;
    case Function::cosh:
      acb_cosh(out.get(), x.get(), precision);
      return true;
    case Function::asinh:
      acb_asinh(out.get(), x.get(), precision);
      return true;
    case Function::acosh:
      if (within && surely_below(x, 1)) return false;
      acb_acosh(out.get(), x.get(), precision);
      return true;
    case Function::atanh:
      if (within && surely_outside(x, -1, 1)) return false;
      acb_atanh(out.get(), x.get(), precision);
      return true;
    case Function::ln:
      return logarithm(x, out);
    case Function::abs:
      if (real) {
        arb_abs(out.real(), x.real());
      } else {
        acb_abs(out.real(), x.get(), precision);
      }
      arb_zero(acb_imagref(out.get()));
      return true;
    case Function::floor:
    case Function::ceiling: {
      if (!real) return false;
      (which == Function::floor ? arb_floor : arb_ceil)(out.real(), x.real(), precision);
      arb_zero(acb_imagref(out.get()));
      return arb_is_exact(out.real()) != 0;
    }
    case Function::factorial:
      return factorial(x, out);
    case Function::re:
      acb_set_arb(out.get(), x.real());
      return true;
    case Function::im:
      acb_set_arb(out.get(), acb_imagref(x.get()));
      return true;
    case Function::arg:
      arb_zero(acb_imagref(out.get()));
      acb_arg(out.real(), x.get(), precision);
      return !holds_zero(x);
    case Function::conjugate:
      acb_conj(out.get(), x.get());
      return true;
    default:
      return false;
  }
}

// Beyond all magnitudes that could still be compared with anything there is no value.
bool BallEvaluator::exponential(const Ball& x, Ball& out) {
  for (const arb_struct* part : {acb_realref(x.get()), acb_imagref(x.get())}) {
    if (arf_abs_bound_lt_2exp_si(arb_midref(part)) > kWidestExponent) return false;
  }
  acb_exp(out.get(), x.get(), options_.precision);
  return true;
}

bool BallEvaluator::logarithm(const Ball& x, Ball& out) {
  if (holds_zero(x)) return false;
  if (is_real(x) && surely_negative(x) && options_.real) return false;
  acb_log(out.get(), x.get(), options_.precision);
  return true;
}

bool BallEvaluator::factorial(const Ball& x, Ball& out) {
  if (!is_real(x) || arf_abs_bound_lt_2exp_si(arb_midref(x.real())) > kWidestArgument) return false;
  if (arb_is_negative(x.real()) && arb_is_int(x.real())) return false;
  const std::int64_t words = options_.precision / 64;
  if (!steps_.spend(kCostOfFunction * words * words)) return false;
  acb_add_si(out.get(), x.get(), 1, options_.precision);
  acb_gamma(out.get(), out.get(), options_.precision);
  return true;
}

bool BallEvaluator::extreme(const Form& form, Ball& out) {
  const auto choose = form.function == Function::max ? arb_max : arb_min;
  Ball next;
  for (const Form* part : form.parts) {
    if (!evaluate(*part, next) || !is_real(next)) return false;
    if (part == form.parts[0]) {
      acb_set(out.get(), next.get());
    } else {
      choose(out.real(), out.real(), next.real(), options_.precision);
    }
  }
  return true;
}

}  // namespace proctor::graders::math
