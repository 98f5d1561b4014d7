// Functions of forms: values at the few arguments where they are exact, and one sign of the
// argument where the function is even or odd. Everything else waits for the balls.
#include <algorithm>

#include "graders/math/algebra/form.h"
#include "harness/core/check.h"

namespace proctor::graders::math {
namespace {

constexpr std::int64_t kLargestFactorial = 5000;  // written out, 54 kbit

bool leading_negative(const Form& form) {
  switch (form.op) {
    case Op::number:
      return form.number.sign() < 0;
    case Op::product:
      return form.number.sign() < 0;
    case Op::sum:
      return coefficient_of(*form.parts[0]).sign() < 0;
    default:
      return false;
  }
}

bool is_odd_function(Function which) {
  switch (which) {
    case Function::sin:
    case Function::asin:
    case Function::atan:
    case Function::sinh:
    case Function::asinh:
      return true;
    default:
      return false;
  }
}

bool is_even_function(Function which) {
  return which == Function::cos || which == Function::cosh || which == Function::abs;
}

Rational factorial(std::int64_t n, std::int64_t step) {
  Rational result(1);
  fmpz* value = fmpq_numref(result.get());
  if (step == 1) {
    fmpz_fac_ui(value, static_cast<ulong>(n));
    return result;
  }
  for (std::int64_t factor = n; factor > 1; factor -= step) {
    fmpz_mul_ui(value, value, static_cast<ulong>(factor));
  }
  return result;
}

}  // namespace

const Form* Forms::function(Function which, std::span<const Form* const> arguments) {
  check(!arguments.empty());
  for (const Form* argument : arguments) {
    if (argument->op == Op::undefined || argument->has_infinity) return undefined();
  }
  if (over_budget_) return undefined();
  const Form* argument = arguments[0];
  if (arguments.size() == 1) {
    if (is_odd_function(which) && leading_negative(*argument)) {
      return negative(function(which, negative(argument)));
    }
    if (is_even_function(which) && leading_negative(*argument)) argument = negative(argument);
    if (which == Function::sin || which == Function::cos) {
      if (const Form* exact = circular(which, argument)) return exact;
    }
    if (which == Function::ln) {
      if (argument->is_constant(Constant::e)) return number(Rational(1));
      if (argument->op == Op::power && argument->parts[0]->is_constant(Constant::e) &&
          argument->parts[1]->is_number()) {
        return argument->parts[1];
      }
    }
  }
  if (std::ranges::all_of(arguments, &Form::is_number)) {
    if (const Form* exact =
            of_numbers(which, arguments.size() == 1 ? std::span<const Form* const>(&argument, 1)
                                                    : arguments)) {
      return exact;
    }
  }
  Form* form = make(Op::function);
  form->function = which;
  if (arguments.size() == 1) return finish(form, {&argument, 1});
  std::vector<const Form*> parts(arguments.begin(), arguments.end());
  if (which != Function::mod) {  // the others of several arguments do not mind their order
    std::ranges::sort(parts, {}, [](const Form* part) { return part->hash; });
  }
  return finish(form, parts);
}

// The sine or cosine of a rational multiple of pi whose value needs at most one square root.
const Form* Forms::circular(Function which, const Form* argument) {
  Rational turns;  // of pi
  if (argument->op == Op::product && argument->parts.size() == 1 &&
      argument->parts[0]->is_constant(Constant::pi)) {
    turns = argument->number;
  } else if (argument->is_constant(Constant::pi)) {
    turns = Rational(1);
  } else if (!argument->is_number() || !argument->number.is_zero()) {
    return nullptr;
  }
  if (which == Function::cos) turns = turns + Rational(1, 2);  // cos x = sin(x + pi/2)
  Rational twelfths = (turns * Rational(12));
  if (!twelfths.is_integer()) return nullptr;
  auto at = static_cast<int>(fmpz_fdiv_ui(fmpq_numref(twelfths.get()), 24));
  const bool below = at >= 12;
  if (below) at -= 12;
  if (at > 6) at = 12 - at;
  constexpr int kSquareOfDouble[] = {0, -1, 1, 2, 3, -1, 4};  // (2 sin)^2; -1: two roots in it
  if (kSquareOfDouble[at] < 0) return nullptr;
  const Form* magnitude = scaled(root(number(Rational(kSquareOfDouble[at])), 2), Rational(1, 2));
  return below ? negative(magnitude) : magnitude;
}

const Form* Forms::of_numbers(Function which, std::span<const Form* const> arguments) {
  const Rational& x = arguments[0]->number;
  const auto fold = [&](auto&& operation) -> const Form* {
    Rational result = x;
    for (const Form* other : arguments.subspan(1)) result = operation(result, other->number);
    return number(std::move(result));
  };
  switch (which) {
    case Function::ln:
      return x.is_zero() ? undefined() : x.is_one() ? number(Rational()) : nullptr;
    case Function::abs:
      return number(x.magnitude());
    case Function::floor:
      return number(x.floor());
    case Function::ceiling:
      return number(x.ceiling());
    case Function::factorial:
    case Function::double_factorial: {
      if (x.is_integer() && x.sign() < 0) return undefined();
      const auto n = x.small();
      if (!n || *n > kLargestFactorial) return nullptr;
      return number(factorial(*n, which == Function::factorial ? 1 : 2));
    }
    case Function::max:
      return fold([](const Rational& a, const Rational& b) { return compare(a, b) < 0 ? b : a; });
    case Function::min:
      return fold([](const Rational& a, const Rational& b) { return compare(a, b) > 0 ? b : a; });
    case Function::gcd:
    case Function::lcm:
      if (!std::ranges::all_of(arguments, [](const Form* f) { return f->number.is_integer(); })) {
        return undefined();
      }
      return fold([which](const Rational& a, const Rational& b) {
        Rational result;
        const auto operation = which == Function::gcd ? fmpz_gcd : fmpz_lcm;
        operation(fmpq_numref(result.get()), fmpq_numref(a.get()), fmpq_numref(b.get()));
        return result;
      });
    case Function::mod: {
      if (arguments.size() != 2 || arguments[1]->number.is_zero()) return undefined();
      const Rational& modulus = arguments[1]->number;
      return number(x - modulus * (x * modulus.inverse()).floor());
    }
    case Function::re:
    case Function::conjugate:
      return number(x);
    case Function::im:
      return number(Rational());
    case Function::asin:
    case Function::atan:
    case Function::sinh:
    case Function::asinh:
      return x.is_zero() ? number(x) : nullptr;
    case Function::cosh:
      return x.is_zero() ? number(Rational(1)) : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace proctor::graders::math
