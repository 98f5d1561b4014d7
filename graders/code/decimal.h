// Python's Decimal(text) and its ==, exactly: the arithmetic behind LiveCodeBench's comparison.
//
// Source: CPython 3.11, Modules/_decimal (numeric_as_ascii, the exact constructor) and the General
// Decimal Arithmetic Specification. What the exact constructor raises for, is not a decimal here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proctor::graders::code {

struct Decimal {
  enum class Kind { finite, infinite, nan };

  Kind kind = Kind::finite;
  bool negative = false;
  // Of a finite one: value = digits x 10^exponent, without zeros at either end; zero has no digits.
  std::string digits;
  std::int64_t exponent = 0;
};

// Reads one word. As Python does it: underscores anywhere are passed over, decimal digits of every
// script count, "inf", "Infinity", "nan" and "sNaN" in any case are numbers too. Linear time.
std::optional<Decimal> parse_decimal(std::string_view word);

// By value, whatever the number of digits; -0 equals 0, and a NaN nothing at all.
bool equal(const Decimal& left, const Decimal& right);

}  // namespace proctor::graders::code
