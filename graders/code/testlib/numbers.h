// Numbers as testlib reads and compares them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proctor::graders::code::testlib {

// Whether it is written as an integer of any size must be: no plus sign, no needless zero, no -0.
bool is_integer(std::string_view word);
// Such an integer, if 64 bits hold it.
std::optional<std::int64_t> parse_integer(std::string_view word);

// A decimal number with or without exponent, as the nearest double; what is too large is infinite.
// Not "inf" and not "nan".
std::optional<double> parse_number(std::string_view word);
// The shortest decimal number that is read as this one.
std::string text_of(double value);

// Whether `actual` is within `tolerance` of `expected`, absolutely or relatively (doubleCompare).
bool nearly_equal(double expected, double actual, double tolerance);
// The same for an absolute tolerance alone.
bool within(double expected, double actual, double tolerance);

}  // namespace proctor::graders::code::testlib
