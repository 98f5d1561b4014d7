// Named functions, brought down to the few that forms know.
#include <iterator>

#include "graders/math/algebra/lower.h"

namespace proctor::graders::math {
namespace {

struct Known {
  std::string_view name;
  Function function;
  bool several = false;  // takes two arguments or more
};

constexpr Known kKnown[] = {
    {"sin", Function::sin},
    {"cos", Function::cos},
    {"asin", Function::asin},
    {"acos", Function::acos},
    {"atan", Function::atan},
    {"sinh", Function::sinh},
    {"cosh", Function::cosh},
    {"asinh", Function::asinh},
    {"acosh", Function::acosh},
    {"atanh", Function::atanh},
    {"abs", Function::abs},
    {"floor", Function::floor},
    {"ceil", Function::ceiling},
    {"re", Function::re},
    {"im", Function::im},
    {"arg", Function::arg},
    {"conjugate", Function::conjugate},
    {"max", Function::max, true},
    {"min", Function::min, true},
    {"gcd", Function::gcd, true},
    {"lcm", Function::lcm, true},
    {"mod", Function::mod, true},
};

constexpr std::int64_t kLongestFallingProduct = 64;

}  // namespace

const Form* Lowering::function_of(std::string_view name, std::span<const Form* const> arguments) {
  for (const Known& known : kKnown) {
    if (known.name != name) continue;
    if (known.several) return forms_.function(known.function, arguments);
    return arguments.size() == 1 ? forms_.function(known.function, arguments[0]) : nullptr;
  }
  if (name == "ln" || name == "log") return logarithm(name, arguments);
  if (name == "binomial") {
    return arguments.size() == 2 ? binomial(arguments[0], arguments[1]) : nullptr;
  }
  if (arguments.size() != 1) return nullptr;
  if (name == "exp") return forms_.power(forms_.constant(Constant::e), arguments[0]);
  return reciprocal_function(name, arguments[0]);
}

// Those that are quotients of the others, so that \tan x \cos x is \sin x.
const Form* Lowering::reciprocal_function(std::string_view name, const Form* x) {
  const auto of = [&](Function function) { return forms_.function(function, x); };
  const auto inverse = [&](Function function) { return forms_.power(of(function), -1); };
  if (name == "tan") return forms_.quotient(of(Function::sin), of(Function::cos));
  if (name == "cot") return forms_.quotient(of(Function::cos), of(Function::sin));
  if (name == "sec") return inverse(Function::cos);
  if (name == "csc") return inverse(Function::sin);
  if (name == "tanh") return forms_.quotient(of(Function::sinh), of(Function::cosh));
  if (name == "coth") return forms_.quotient(of(Function::cosh), of(Function::sinh));
  if (name == "sech") return inverse(Function::cosh);
  if (name == "csch") return inverse(Function::sinh);
  if (name == "acot") {
    const Form* right_angle =
        forms_.product(forms_.number(Rational(1, 2)), forms_.constant(Constant::pi));
    return forms_.difference(right_angle, of(Function::atan));
  }
  if (name == "asec") return forms_.function(Function::acos, forms_.power(x, -1));
  if (name == "acsc") return forms_.function(Function::asin, forms_.power(x, -1));
  if (name == "acoth") return forms_.function(Function::atanh, forms_.power(x, -1));
  if (name == "asech") return forms_.function(Function::acosh, forms_.power(x, -1));
  if (name == "acsch") return forms_.function(Function::asinh, forms_.power(x, -1));
  return nullptr;
}

const Form* Lowering::logarithm(std::string_view name, std::span<const Form* const> arguments) {
  const Form* top = forms_.function(Function::ln, arguments[0]);
  if (arguments.size() == 2) {
    return forms_.quotient(top, forms_.function(Function::ln, arguments[1]));
  }
  if (arguments.size() != 1) return nullptr;
  if (name == "ln") return top;
  met_.bare_log = true;
  if (!reading_.decimal_log) return top;
  return forms_.quotient(top, forms_.function(Function::ln, forms_.number(10)));
}

// n choose k: a polynomial in n where k is small, so that it meets n(n-1)/2.
const Form* Lowering::binomial(const Form* n, const Form* k) {
  if (n->is_number() && n->number.is_integer() && n->number.sign() >= 0 && k->is_number() &&
      k->number.is_integer()) {
    const Form* other = forms_.difference(n, k);
    if (k->number.sign() < 0 || other->number.sign() < 0) return forms_.number(0);
    if (compare(other->number, k->number) < 0) k = other;
  }
  const auto small = k->is_number() ? k->number.small() : std::nullopt;
  if (small && *small >= 0 && *small <= kLongestFallingProduct) {
    std::vector<const Form*> factors;
    for (std::int64_t j = 0; j < *small; ++j) {
      factors.push_back(forms_.sum(n, forms_.number(Rational(-j))));
    }
    const Form* falling = forms_.product(factors);
    return forms_.quotient(falling, forms_.function(Function::factorial, k));
  }
  if (small && n->is_number() && n->number.small() && *n->number.small() <= 20'000) {
    Rational value;
    fmpz_bin_uiui(fmpq_numref(value.get()), static_cast<ulong>(*n->number.small()),
                  static_cast<ulong>(*small));
    return forms_.number(std::move(value));
  }
  const Form* factors[] = {
      forms_.function(Function::factorial, n),
      forms_.power(forms_.function(Function::factorial, k), -1),
      forms_.power(forms_.function(Function::factorial, forms_.difference(n, k)), -1)};
  return forms_.product(factors);
}

}  // namespace proctor::graders::math
