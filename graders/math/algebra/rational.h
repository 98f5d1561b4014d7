// Exact rational numbers over FLINT's fmpq, whose small values (62 bits) need no memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "graders/math/algebra/flint.h"

namespace proctor::graders::math {

// A value: copies are deep, and different objects may be used on different threads. Sizes are the
// caller's affair: bits() before multiplying or raising what may be large.
class Rational {
 public:
  Rational() { fmpq_init(value_); }
  Rational(std::int64_t integer) : Rational() { fmpq_set_si(value_, integer, 1); }
  Rational(std::int64_t numerator, std::uint64_t denominator) : Rational() {
    fmpq_set_si(value_, numerator, denominator);
  }
  Rational(const Rational& other) : Rational() { fmpq_set(value_, other.value_); }
  Rational(Rational&& other) noexcept : Rational() { fmpq_swap(value_, other.value_); }
  Rational& operator=(const Rational& other) {
    fmpq_set(value_, other.value_);
    return *this;
  }
  Rational& operator=(Rational&& other) noexcept {
    fmpq_swap(value_, other.value_);
    return *this;
  }
  ~Rational() { fmpq_clear(value_); }

  bool is_zero() const { return fmpq_is_zero(value_) != 0; }
  bool is_one() const { return fmpq_is_one(value_) != 0; }
  bool is_integer() const { return fmpz_is_one(fmpq_denref(value_)) != 0; }
  int sign() const { return fmpq_sgn(value_); }
  std::int64_t bits() const;                  // of the larger of numerator and denominator
  std::optional<std::int64_t> small() const;  // an integer below 2^62 in magnitude
  bool terminates() const;                    // as a decimal: the denominator is 2^a 5^b
  std::uint64_t hash() const;
  double approximation() const;
  std::string text() const;  // "7/2"

  friend Rational operator+(const Rational& a, const Rational& b) {
    Rational sum;
    fmpq_add(sum.value_, a.value_, b.value_);
    return sum;
  }
  friend Rational operator-(const Rational& a, const Rational& b) {
    Rational difference;
    fmpq_sub(difference.value_, a.value_, b.value_);
    return difference;
  }
  friend Rational operator*(const Rational& a, const Rational& b) {
    Rational product;
    fmpq_mul(product.value_, a.value_, b.value_);
    return product;
  }
  Rational operator-() const {
    Rational negated;
    fmpq_neg(negated.value_, value_);
    return negated;
  }
  friend bool operator==(const Rational& a, const Rational& b) {
    return fmpq_equal(a.value_, b.value_) != 0;
  }
  friend int compare(const Rational& a, const Rational& b) { return fmpq_cmp(a.value_, b.value_); }

  Rational inverse() const;              // of what is not zero
  Rational power(std::int64_t n) const;  // of what is not zero, if n < 0
  Rational numerator() const;
  Rational denominator() const;
  Rational magnitude() const;
  Rational floor() const;
  Rational ceiling() const;

  fmpq* get() { return value_; }
  const fmpq* get() const { return value_; }

 private:
  fmpq_t value_;
};

// A whole number in decimal digits.
Rational parse_integer(std::string_view digits);

}  // namespace proctor::graders::math
