// Powers of forms. A number to a number is exact where that is short, and otherwise a product of
// powers of primes, so that 2^{1000000} and 4^{500000} meet without being written out.
#include <algorithm>
#include <cmath>
#include <utility>

#include "graders/math/algebra/form.h"

namespace proctor::graders::math {
namespace {

constexpr std::int64_t kMostBits = 131'072;  // of a number that is written out
constexpr std::int64_t kMostBitsToSplit = 4096;
constexpr std::int64_t kMostBitsForRoots = 256;
constexpr std::int64_t kWorkOfSplitting = 100;   // for each word of the number
constexpr std::uint64_t kLargestDivisor = 2000;  // of trial division

struct PrimePower {
  Rational base;  // an integer: a prime, or what trial division could not split
  std::int64_t exponent;
};

// n > 0 as a product. What is left after trial division is kept whole, as its root if it is a
// perfect power: two such rests may share a prime, which costs a match and never gives a false one.
std::vector<PrimePower> split(const Rational& n) {
  std::vector<PrimePower> powers;
  Rational rest = n;
  if (n.bits() > kMostBitsToSplit) return {{n, 1}};
  fmpz* value = fmpq_numref(rest.get());
  for (std::uint64_t divisor = 2; divisor < kLargestDivisor; divisor += 1 + (divisor & 1)) {
    if (fmpz_cmp_ui(value, divisor * divisor) < 0) break;
    if (!fmpz_divisible_si(value, static_cast<slong>(divisor))) continue;
    Rational prime(static_cast<std::int64_t>(divisor));
    const slong exponent = fmpz_remove(value, value, fmpq_numref(prime.get()));
    powers.push_back({std::move(prime), exponent});
  }
  if (fmpz_is_one(value)) return powers;
  Rational root;
  const bool short_enough = rest.bits() <= kMostBitsForRoots;
  const int degree = short_enough ? fmpz_is_perfect_power(fmpq_numref(root.get()), value) : 0;
  if (degree > 1) {
    for (PrimePower& power : split(root)) {
      powers.push_back({std::move(power.base), power.exponent * degree});
    }
  } else {
    powers.push_back({std::move(rest), 1});
  }
  return powers;
}

// base = product of the powers, negative ones for the denominator; base > 0.
std::vector<PrimePower> split_fraction(const Rational& base) {
  std::vector<PrimePower> powers = split(base.numerator());
  if (!base.is_integer()) {
    for (PrimePower& power : split(base.denominator())) {
      powers.push_back({std::move(power.base), -power.exponent});
    }
  }
  return powers;
}

// The length of the product of all p^{floor(k exponent)}.
double bits_of_whole_parts(std::span<const PrimePower> primes, const Rational& exponent) {
  double bits = 0;
  for (const PrimePower& part : primes) {
    const double whole = (exponent * Rational(part.exponent)).floor().approximation();
    bits += std::abs(whole) * static_cast<double>(part.base.bits());
  }
  return bits;
}

bool is_odd(const Rational& integer) { return fmpz_is_odd(fmpq_numref(integer.get())) != 0; }

bool is_positive_constant(const Form& form) {
  if (form.is_number()) return form.number.sign() > 0;
  return form.is_constant(Constant::e) || form.is_constant(Constant::pi);
}

}  // namespace

const Form* Forms::raw_power(const Form* base, const Form* exponent) {
  const Form* parts[] = {base, exponent};
  return finish(make(Op::power), parts);
}

const Form* Forms::power(const Form* base, const Form* exponent) {
  if (base->op == Op::undefined || exponent->op == Op::undefined || base->has_infinity ||
      exponent->has_infinity || over_budget_) {
    return undefined();
  }
  const bool integer = exponent->is_number() && exponent->number.is_integer();
  if (exponent->is_number() && exponent->number.is_one()) return base;
  if (base->is_number() && base->number.is_zero()) {
    const bool vanishes = exponent->is_number() && exponent->number.sign() > 0;
    return vanishes ? base : exponent->is_number() ? undefined() : raw_power(base, exponent);
  }
  if (integer && exponent->number.is_zero()) return number(Rational(1));
  if (base->is_number()) {
    return exponent->is_number() ? number_power(base->number, exponent->number)
                                 : number_to_form(base->number, exponent);
  }
  if (base->is_constant(Constant::e)) return power_of_e(exponent);
  if (base->is_constant(Constant::i) && integer) {
    const ulong turns = fmpz_fdiv_ui(fmpq_numref(exponent->number.get()), 4);
    const Form* unit = turns % 2 == 0 ? number(Rational(1)) : base;
    return turns < 2 ? unit : negative(unit);
  }
  if (base->op == Op::power) {
    const Form& inner = *base->parts[1];
    if (integer || (is_positive_constant(*base->parts[0]) && inner.is_number())) {
      return power(base->parts[0], product(&inner, exponent));
    }
  }
  if (base->op == Op::product) return product_power(*base, exponent);
  return raw_power(base, exponent);
}

const Form* Forms::number_power(const Rational& base, const Rational& exponent) {
  if (base.is_one()) return number(base);
  const Rational size = base.magnitude();
  Rational coefficient(1);
  std::vector<Factor> factors;
  if (base.sign() < 0) {
    // Odd roots of negative numbers are real, as at school; even ones have an i.
    if (is_odd(exponent.denominator())) {
      if (is_odd(exponent.numerator())) coefficient = Rational(-1);
    } else if (exponent.denominator() == Rational(2)) {
      const ulong turns = fmpz_fdiv_ui(fmpq_numref(exponent.get()), 4);
      coefficient = Rational(turns == 1 ? 1 : -1);
      factors.push_back({constant(Constant::i), number(Rational(1))});
    } else {
      factors.push_back({number(Rational(-1)), number(exponent)});
    }
  }
  const auto small = exponent.small();
  if (small && std::abs(static_cast<double>(*small)) * static_cast<double>(base.bits()) <=
                   static_cast<double>(kMostBits)) {
    coefficient = coefficient * size.power(*small);
    return charge(coefficient) ? number(std::move(coefficient)) : give_up();
  }
  work_ += kWorkOfSplitting * (size.bits() / 64 + 1);
  const std::vector<PrimePower> primes = split_fraction(size);
  const bool write_out = bits_of_whole_parts(primes, exponent) <= static_cast<double>(kMostBits);
  for (const PrimePower& part : primes) {
    Rational full = exponent * Rational(part.exponent);
    if (write_out) {
      const Rational whole = full.floor();
      coefficient = coefficient * part.base.power(whole.small().value_or(0));
      full = full - whole;
    }
    if (!charge(coefficient)) return give_up();
    if (!full.is_zero()) factors.push_back({number(part.base), number(full)});
  }
  std::vector<const Form*> parts;
  parts.reserve(factors.size());
  for (const Factor& factor : factors) {
    const bool plain = factor.exponent->number.is_one();
    parts.push_back(plain ? factor.base : raw_power(factor.base, factor.exponent));
  }
  if (parts.empty()) return number(std::move(coefficient));
  std::ranges::sort(parts, {}, [](const Form* part) { return part->hash; });
  return with_coefficient(coefficient, parts);
}

// 4^n is 2^{2n}, (1/6)^n is 2^{-n} 3^{-n}; (-2)^n keeps (-1)^n.
const Form* Forms::number_to_form(const Rational& base, const Form* exponent) {
  if (base.is_one()) return number(base);
  std::vector<const Form*> parts;
  if (base.sign() < 0) parts.push_back(raw_power(number(Rational(-1)), exponent));
  for (const PrimePower& part : split_fraction(base.magnitude())) {
    parts.push_back(raw_power(number(part.base), scaled(exponent, Rational(part.exponent))));
  }
  return parts.size() == 1 ? parts[0] : product(parts);
}

// An integer exponent goes to every factor, any other only to those that are surely positive.
const Form* Forms::product_power(const Form& base, const Form* exponent) {
  std::vector<const Form*> outside;
  std::vector<const Form*> inside;
  const bool everywhere = exponent->is_number() && exponent->number.is_integer();
  const bool negative_outside =
      everywhere || (exponent->is_number() && is_odd(exponent->number.denominator()));
  if (base.number.sign() > 0 || negative_outside) {
    outside.push_back(power(number(base.number), exponent));
  } else {
    outside.push_back(power(number(base.number.magnitude()), exponent));
    inside.push_back(number(Rational(-1)));
  }
  for (const Form* part : base.parts) {
    const bool positive =
        is_positive_constant(*part) || (part->op == Op::power && part->parts[1]->is_number() &&
                                        is_positive_constant(*part->parts[0]));
    if (everywhere || positive) {
      outside.push_back(power(part, exponent));
    } else {
      inside.push_back(part);
    }
  }
  if (inside.empty()) return product(outside);
  const std::size_t signs = inside[0]->is_number() ? 1 : 0;
  const Form* rest = inside.size() == signs
                         ? inside[0]
                         : with_coefficient(signs > 0 ? inside[0]->number : Rational(1),
                                            std::span(inside).subspan(signs));
  const bool done = rest->op == Op::product || rest->op == Op::power;
  outside.push_back(done ? raw_power(rest, exponent) : power(rest, exponent));
  return product(outside);
}

// e^{2 \ln 3} is 3^2.
const Form* Forms::power_of_e(const Form* exponent) {
  const Form* e = constant(Constant::e);
  const auto factors = factors_of(exponent);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (factors[i]->op != Op::function || factors[i]->function != Function::ln) continue;
    std::vector<const Form*> rest{number(coefficient_of(*exponent))};
    for (std::size_t j = 0; j < factors.size(); ++j) {
      if (j != i) rest.push_back(factors[j]);
    }
    return power(factors[i]->parts[0], product(rest));
  }
  return raw_power(e, exponent);
}

}  // namespace proctor::graders::math
