// Numbers as printf and str.format() write them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

// One %-conversion: its flags, width and precision in code points, and its letter.
struct Spec {
  bool minus = false, plus = false, blank = false, zero = false, hash = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  char type = 's';
};

// The digits at the front, taken off; nothing if there are none. Errors: invalid_input, beyond
// 10000, so that no format makes a text without end.
Result<std::optional<std::size_t>> take_number(std::string_view& text);

// The digits with their sign. Errors: invalid_input, when the value is no number.
Result<std::string> integer_text(const Value& value, const Spec& spec);  // d, i, u, x, X, o
Result<std::string> real_text(const Value& value, const Spec& spec);     // e, E, f, F, g, G

}  // namespace proctor::engine
