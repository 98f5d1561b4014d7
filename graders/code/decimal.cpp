#include "graders/code/decimal.h"

#include <algorithm>

#include "graders/code/python_text.h"

namespace proctor::graders::code {
namespace {

// The widest context that libmpdec has on 64 bits: exponents of the first digit, and of the last.
constexpr std::int64_t kMostAdjusted = 999'999'999'999'999'999;
constexpr std::int64_t kLeastExponent = -1'999'999'999'999'999'997;
// Beyond all that, and yet far from overflow when digits are counted in.
constexpr std::int64_t kFar = 4'000'000'000'000'000'000;

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

// The word with ASCII digits, in lower case and without underscores; nothing if it holds a
// character that is in no number.
std::optional<std::string> plain_spelling(std::string_view word) {
  std::string plain;
  plain.reserve(word.size());
  while (!word.empty()) {
    const Character character = first_character(word);
    word.remove_prefix(character.size);
    const char32_t c = character.code_point;
    if (c == '_') continue;
    if (const std::optional<int> digit = decimal_digit(c)) {
      plain += static_cast<char>('0' + *digit);
    } else if (c > 0 && c < 0x80) {
      plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
    } else {
      return std::nullopt;
    }
  }
  return plain;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_ascii_digit);
}

// What follows the "e"; nothing if it is not an integer. Far ones are all the same.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !all_digits(text)) return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : text) value = std::min(value, kFar / 10 - 1) * 10 + (digit - '0');
  return negative ? -value : value;
}

// Whether the exact constructor takes a number whose last digit as written has this exponent.
bool is_in_range(std::int64_t exponent, std::size_t significant_digits) {
  if (exponent < kLeastExponent) return false;
  const std::int64_t more =
      significant_digits == 0 ? 0 : static_cast<std::int64_t>(significant_digits) - 1;
  return exponent <= kMostAdjusted - more;
}

std::optional<Decimal> parse_finite(std::string_view text) {
  Decimal decimal;
  if (const std::size_t e = text.find('e'); e != std::string_view::npos) {
    const std::optional<std::int64_t> exponent = parse_exponent(text.substr(e + 1));
    if (!exponent) return std::nullopt;
    decimal.exponent = *exponent;
    text = text.substr(0, e);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!all_digits(whole) || !all_digits(fraction)) return std::nullopt;

  std::string& digits = decimal.digits;
  digits.append(whole).append(fraction);
  decimal.exponent -= static_cast<std::int64_t>(fraction.size());
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (!is_in_range(decimal.exponent, digits.size())) return std::nullopt;
  while (digits.ends_with('0')) {
    digits.pop_back();
    ++decimal.exponent;
  }
  return decimal;
}

bool is_nan(std::string_view text) {
  if (text.starts_with('s')) text.remove_prefix(1);
  return text.starts_with("nan") && all_digits(text.substr(3));
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view word) {
  const std::optional<std::string> plain = plain_spelling(word);
  if (!plain) return std::nullopt;
  std::string_view text = *plain;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "inf" || text == "infinity") return Decimal{Decimal::Kind::infinite, negative, {}, 0};
  if (is_nan(text)) return Decimal{Decimal::Kind::nan, negative, {}, 0};
  std::optional<Decimal> decimal = parse_finite(text);
  if (decimal) decimal->negative = negative;
  return decimal;
}

bool equal(const Decimal& left, const Decimal& right) {
  if (left.kind == Decimal::Kind::nan || left.kind != right.kind) return false;
  if (left.kind == Decimal::Kind::infinite) return left.negative == right.negative;
  if (left.digits.empty() || right.digits.empty()) return left.digits == right.digits;
  return left.negative == right.negative && left.exponent == right.exponent &&
         left.digits == right.digits;
}

}  // namespace proctor::graders::code
