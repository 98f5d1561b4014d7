#include "backends/engine/chat_template/number_format.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace proctor::engine {
namespace {

constexpr std::size_t kMaxWidth = 10'000;

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

std::string with_sign(std::string digits, bool negative, const Spec& spec) {
  if (negative) return "-" + digits;
  return (spec.plus ? "+" : spec.blank ? " " : "") + digits;
}

}  // namespace

Result<std::optional<std::size_t>> take_number(std::string_view& text) {
  std::optional<std::size_t> number;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    number = number.value_or(0) * 10 + static_cast<std::size_t>(text[0] - '0');
    if (*number > kMaxWidth) return invalid("a format is wider than 10000 characters");
    text.remove_prefix(1);
  }
  return number;
}

Result<std::string> integer_text(const Value& value, const Spec& spec) {
  std::optional<std::int64_t> whole = value.integer();
  const double* real = value.as<double>();
  const bool decimal = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
  if (!whole && real != nullptr && decimal && std::abs(*real) < 0x1p63) {
    whole = static_cast<std::int64_t>(*real);
  }
  if (!whole) return invalid("%" + std::string(1, spec.type) + " takes an integer");
  // Unsigned, so that the smallest integer has an absolute value.
  const auto bits = static_cast<std::uint64_t>(*whole);
  const unsigned long long magnitude = *whole < 0 ? 0 - bits : bits;
  const char* pattern = decimal            ? "%llu"
                        : spec.type == 'x' ? "%llx"
                        : spec.type == 'X' ? "%llX"
                                           : "%llo";
  char digits[32];
  std::snprintf(digits, sizeof digits, pattern, magnitude);
  std::string text = digits;
  if (spec.precision && text.size() < *spec.precision) {
    text.insert(0, *spec.precision - text.size(), '0');
  }
  if (spec.hash && !decimal)
    text.insert(0, spec.type == 'o' ? "0o" : spec.type == 'x' ? "0x" : "0X");
  return with_sign(std::move(text), *whole < 0, spec);
}

Result<std::string> real_text(const Value& value, const Spec& spec) {
  const auto number = value.number();
  if (!number) return invalid("%" + std::string(1, spec.type) + " takes a number");
  const std::string pattern =
      std::string("%") + (spec.hash ? "#" : "") + ".*" + std::string(1, spec.type);
  const int precision = static_cast<int>(spec.precision.value_or(6));
  const double magnitude = std::abs(*number);
  const int size = std::snprintf(nullptr, 0, pattern.c_str(), precision, magnitude);
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  std::snprintf(text.data(), text.size(), pattern.c_str(), precision, magnitude);
  text.pop_back();
  return with_sign(std::move(text), std::signbit(*number), spec);
}

}  // namespace proctor::engine
