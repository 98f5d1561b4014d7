#include "backends/engine/chat_template/string_escapes.h"

#include <charconv>
#include <cstdint>
#include <utility>

#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

// Appends the character whose number is spelled by that many digits, taken off `body`.
Result<void> code(std::string_view& body, std::string& value, std::size_t digits, int base) {
  std::uint32_t number = 0;
  const char* end = body.data() + digits;
  const auto read = std::from_chars(body.data(), end, number, base);
  if (read.ec != std::errc() || read.ptr != end) return invalid("a string has a wrong escape");
  if (number > 0x10FFFF || (number >= 0xD800 && number < 0xE000)) {
    return invalid("a string has an escape that is no character");
  }
  append_code_point(value, number);
  body.remove_prefix(digits);
  return {};
}

// Python's unicode_escape: what follows a backslash, taken off `body` and appended to `value`.
Result<void> escape(std::string_view& body, std::string& value) {
  constexpr std::pair<char, const char*> kSimple[] = {
      {'\\', "\\"}, {'\'', "'"}, {'"', "\""}, {'a', "\a"}, {'b', "\b"}, {'f', "\f"},
      {'n', "\n"},  {'r', "\r"}, {'t', "\t"}, {'v', "\v"}, {'\n', ""}};
  const char c = body[0];
  for (const auto& [letter, meaning] : kSimple) {
    if (c != letter) continue;
    value += meaning;
    body.remove_prefix(1);
    return {};
  }
  if (c >= '0' && c < '8') {
    std::size_t size = 1;
    while (size < 3 && size < body.size() && body[size] >= '0' && body[size] < '8') ++size;
    return code(body, value, size, 8);
  }
  if (c == 'N') return invalid("the escape \\N is not supported");
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits == 0) {
    if (static_cast<unsigned char>(c) >= 0x80) return invalid("unknown escape in a string");
    value += '\\';  // kept as it is, with the character after it
    return {};
  }
  body.remove_prefix(1);
  if (body.size() < digits) return invalid("a string has a cut escape");
  return code(body, value, digits, 16);
}

}  // namespace

Result<std::string> unescape(std::string_view literal) {
  std::string value;
  while (!literal.empty()) {
    if (literal[0] != '\\') {
      value += literal[0];
      literal.remove_prefix(1);
      continue;
    }
    literal.remove_prefix(1);
    if (const Result<void> done = escape(literal, value); !done) return done.error();
  }
  return value;
}

}  // namespace proctor::engine
