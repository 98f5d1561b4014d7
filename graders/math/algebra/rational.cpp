#include "graders/math/algebra/rational.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "graders/math/algebra/hash.h"
#include "harness/core/check.h"

namespace proctor::graders::math {
namespace {

std::uint64_t residue(const fmpz* integer) {
  constexpr ulong kPrime = 18446744073709551557u;  // the largest below 2^64
  return fmpz_fdiv_ui(integer, kPrime);
}

}  // namespace

std::int64_t Rational::bits() const {
  return static_cast<std::int64_t>(
      std::max(fmpz_bits(fmpq_numref(value_)), fmpz_bits(fmpq_denref(value_))));
}

std::optional<std::int64_t> Rational::small() const {
  if (!is_integer() || COEFF_IS_MPZ(*fmpq_numref(value_))) return std::nullopt;
  return *fmpq_numref(value_);
}

bool Rational::terminates() const {
  Rational rest = denominator();
  fmpz* den = fmpq_numref(rest.value_);
  for (const ulong prime : {2u, 5u}) {
    fmpz_t factor;
    fmpz_init_set_ui(factor, prime);
    fmpz_remove(den, den, factor);
    fmpz_clear(factor);
  }
  return fmpz_is_one(den) != 0;
}

std::uint64_t Rational::hash() const {
  return combined(residue(fmpq_numref(value_)), residue(fmpq_denref(value_)));
}

double Rational::approximation() const {
  arf_t rounded;
  arf_init(rounded);
  arf_set_fmpq(rounded, value_, 53, ARF_RND_NEAR);
  const double result = arf_get_d(rounded, ARF_RND_NEAR);
  arf_clear(rounded);
  return result;
}

std::string Rational::text() const {
  char* digits = fmpq_get_str(nullptr, 10, value_);
  std::string result = digits;
  flint_free(digits);
  return result;
}

Rational Rational::inverse() const {
  check(!is_zero());
  Rational result;
  fmpq_inv(result.value_, value_);
  return result;
}

Rational Rational::power(std::int64_t n) const {
  check(n >= 0 || !is_zero());
  Rational result;
  fmpq_pow_si(result.value_, value_, n);
  return result;
}

Rational Rational::numerator() const {
  Rational result;
  fmpz_set(fmpq_numref(result.value_), fmpq_numref(value_));
  return result;
}

Rational Rational::denominator() const {
  Rational result;
  fmpz_set(fmpq_numref(result.value_), fmpq_denref(value_));
  return result;
}

Rational Rational::magnitude() const { return sign() < 0 ? -*this : *this; }

Rational Rational::floor() const {
  Rational result;
  fmpz_fdiv_q(fmpq_numref(result.value_), fmpq_numref(value_), fmpq_denref(value_));
  return result;
}

Rational Rational::ceiling() const { return -(-*this).floor(); }

Rational parse_integer(std::string_view digits) {
  std::int64_t small = 0;
  if (digits.size() <= 18) {
    std::from_chars(digits.data(), digits.data() + digits.size(), small);
    return Rational(small);
  }
  Rational result;
  const std::string terminated(digits);
  check(fmpz_set_str(fmpq_numref(result.get()), terminated.c_str(), 10) == 0);
  return result;
}

}  // namespace proctor::graders::math
