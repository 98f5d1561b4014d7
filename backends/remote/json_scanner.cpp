#include "backends/remote/json_scanner.h"

namespace proctor::backends {
namespace {

constexpr std::size_t kMostDigits = 18;  // of an integer: it fits 64 bits
constexpr std::size_t kMostExponentDigits = 2;

std::size_t digits_at(std::string_view bytes, std::size_t at) {
  std::size_t end = at;
  while (end < bytes.size() && bytes[end] >= '0' && bytes[end] <= '9') ++end;
  return end - at;
}

bool is_at(std::string_view bytes, std::size_t at, char one, char other) {
  return at < bytes.size() && (bytes[at] == one || bytes[at] == other);
}

}  // namespace

JsonNumber json_number_at(std::string_view bytes) {
  const bool negative = bytes.starts_with('-');
  std::size_t at = negative ? 1 : 0;
  const std::size_t digits = digits_at(bytes, at);
  if (digits == 0 || digits > kMostDigits || (digits > 1 && bytes[at] == '0')) return {};
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    count = 10 * count + static_cast<std::uint64_t>(bytes[at + i] - '0');
  }
  at += digits;
  bool whole = true;
  if (is_at(bytes, at, '.', '.')) {
    const std::size_t fraction = digits_at(bytes, at + 1);
    if (fraction == 0) return {};
    at += 1 + fraction;
    whole = false;
  }
  if (is_at(bytes, at, 'e', 'E')) {
    at += is_at(bytes, at + 1, '+', '-') ? 2 : 1;
    const std::size_t exponent = digits_at(bytes, at);
    if (exponent == 0 || exponent > kMostExponentDigits) return {};
    at += exponent;
    whole = false;
  }
  if (negative || !whole) return {.length = at};
  return {.length = at, .count = count};
}

}  // namespace proctor::backends
