#include "graders/code/word_comparison.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "graders/code/decimal.h"
#include "graders/code/excerpt.h"

namespace proctor::graders::code {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::vector<std::string_view> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_blank(text[end])) ++end;
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

// doubleCompare of testlib.h (1e4e8a2).
bool nearly_equal(double expected, double actual, double tolerance) {
  tolerance += 1e-15;
  if (std::isnan(expected)) return std::isnan(actual);
  if (std::isinf(expected)) return expected == actual;
  if (!std::isfinite(actual)) return false;
  if (std::fabs(actual - expected) <= tolerance) return true;
  const auto [low, high] =
      std::minmax({expected * (1.0 - tolerance), expected * (1.0 + tolerance)});
  return actual >= low && actual <= high;
}

bool same_word(std::string_view expected, std::string_view actual,
               std::optional<double> tolerance) {
  if (expected == actual) return true;
  if (!tolerance) return false;
  const std::optional<double> left = parse_double(expected);
  const std::optional<double> right = parse_double(actual);
  return left && right && nearly_equal(*left, *right, *tolerance);
}

bool same_but_for_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

bool is_yes_or_no(std::string_view word) {
  return same_but_for_case(word, "yes") || same_but_for_case(word, "no");
}

template <class Same>
std::optional<std::string> first_difference(std::string_view expected, std::string_view actual,
                                            Same same) {
  const std::vector<std::string_view> left = tokens_of(expected);
  const std::vector<std::string_view> right = tokens_of(actual);
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (!same(left[i], right[i])) return mismatch("word", i, left[i], right[i]);
  }
  if (left.size() != right.size()) return wrong_count("words", left.size(), right.size());
  return std::nullopt;
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    const std::optional<Decimal> exact = parse_decimal(text);
    if (!exact) return std::nullopt;
    const bool tiny = static_cast<std::int64_t>(exact->digits.size()) + exact->exponent < 0;
    const double size = tiny ? 0.0 : HUGE_VAL;
    return exact->negative ? -size : size;
  }
  return value;
}

std::optional<std::string> word_difference(std::string_view expected, std::string_view actual,
                                           std::optional<double> tolerance) {
  return first_difference(expected, actual, [&](std::string_view left, std::string_view right) {
    return same_word(left, right, tolerance);
  });
}

std::optional<std::string> word_difference_but_for_yes_no(std::string_view expected,
                                                          std::string_view actual) {
  return first_difference(expected, actual, [](std::string_view left, std::string_view right) {
    return left == right || (is_yes_or_no(left) && same_but_for_case(left, right));
  });
}

}  // namespace proctor::graders::code
