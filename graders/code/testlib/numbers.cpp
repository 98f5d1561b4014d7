#include "graders/code/testlib/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace proctor::graders::code::testlib {
namespace {

constexpr double kGrace = 1e-15;  // on top of every tolerance

// Of a decimal number that no double holds, and that is not zero: whether it is too large for one,
// and not too small.
bool is_too_large(std::string_view word) {
  const std::size_t mark = std::min(word.find_first_of("eE"), word.size());
  const std::string_view mantissa = word.substr(0, mark);
  const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  const auto first = static_cast<std::int64_t>(mantissa.find_first_of("123456789"));
  std::string_view digits = word.substr(std::min(mark + 1, word.size()));
  const bool negative = digits.starts_with('-');
  if (digits.starts_with('+') || negative) digits.remove_prefix(1);
  constexpr std::int64_t kBeyondAll = std::int64_t{1} << 60;
  std::int64_t exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (error == std::errc::result_out_of_range) exponent = kBeyondAll;
  exponent = std::min(exponent, kBeyondAll);
  return point - first + (negative ? -exponent : exponent) > 0;
}

// glibc's scanf, which testlib reads with, passes over an exponent without digits: "1e+" is 1.
std::string_view without_idle_exponent(std::string_view word) {
  const std::size_t mark = word.find_first_of("eE");
  if (mark == std::string_view::npos) return word;
  const std::string_view exponent = word.substr(mark + 1);
  const bool idle = exponent.empty() || exponent == "+" || exponent == "-";
  return idle ? word.substr(0, mark) : word;
}

bool counts_as_infinite(double value) { return std::fabs(value) > 1e300; }

}  // namespace

bool is_integer(std::string_view word) {
  if (word == "0") return true;
  if (word.starts_with('-')) word.remove_prefix(1);
  return !word.empty() && word.front() != '0' &&
         word.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::int64_t> parse_integer(std::string_view word) {
  if (!is_integer(word)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view word) {
  if (word.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  if (word.starts_with('+')) {
    word.remove_prefix(1);
    if (word.starts_with('-')) return std::nullopt;
  }
  word = without_idle_exponent(word);
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc::invalid_argument || end != word.data() + word.size()) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    value = is_too_large(word) ? HUGE_VAL : 0.0;
    if (word.starts_with('-')) value = -value;
  }
  return value;
}

std::string text_of(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

bool nearly_equal(double expected, double actual, double tolerance) {
  if (counts_as_infinite(expected) || counts_as_infinite(actual)) {
    return counts_as_infinite(expected) && counts_as_infinite(actual) &&
           std::signbit(expected) == std::signbit(actual);
  }
  tolerance += kGrace;
  if (std::fabs(actual - expected) <= tolerance) return true;
  const auto [low, high] =
      std::minmax({expected * (1.0 - tolerance), expected * (1.0 + tolerance)});
  return actual >= low && actual <= high;
}

bool within(double expected, double actual, double tolerance) {
  // Two infinities are no number apart, which is not more than any tolerance.
  return !(std::fabs(expected - actual) > tolerance + kGrace);
}

}  // namespace proctor::graders::code::testlib
