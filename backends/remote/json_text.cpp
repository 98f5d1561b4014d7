#include "backends/remote/json_text.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "backends/engine/tokenizer/utf8.h"

namespace proctor::backends {
namespace {

constexpr std::size_t kUnicodeEscape = 6;  // bytes of \uXXXX

// What has a meaning of its own: quotes, backslashes, control characters, and all beyond ASCII.
bool is_plain(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code >= 0x20 && code < 0x80 && byte != '"' && byte != '\\';
}

// Whether all eight bytes are plain. A byte less a smaller number borrows from no other, and bytes
// beyond ASCII are told first, so that each test sets only the high bit of the byte it is about; a
// borrow from a byte that is not plain can spoil those above it, but the answer is no by then.
// (Warren, Hacker's Delight, 2nd edition, section 6-1.)
bool are_plain(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighBits = 0x80 * kOnes;
  const std::uint64_t controls = word - 0x20 * kOnes;
  const std::uint64_t quotes = (word ^ '"' * kOnes) - kOnes;
  const std::uint64_t backslashes = (word ^ '\\' * kOnes) - kOnes;
  return ((word | controls | quotes | backslashes) & kHighBits) == 0;
}

std::size_t after_plain(std::string_view bytes, std::size_t at) {
  for (std::uint64_t word = 0; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (!are_plain(word)) break;
  }
  while (at < bytes.size() && is_plain(bytes[at])) ++at;
  return at;
}

// The number of the \uXXXX that `bytes` begin with.
std::optional<char32_t> code_unit_at(std::string_view bytes) {
  if (bytes.size() < kUnicodeEscape || bytes[0] != '\\' || bytes[1] != 'u') return std::nullopt;
  char32_t unit = 0;
  for (const char byte : bytes.substr(2, kUnicodeEscape - 2)) {
    const char letter = static_cast<char>(byte | 0x20);
    if (byte >= '0' && byte <= '9') {
      unit = unit << 4 | static_cast<char32_t>(byte - '0');
    } else if (letter >= 'a' && letter <= 'f') {
      unit = unit << 4 | static_cast<char32_t>(letter - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return unit;
}

struct Escape {
  char32_t code = 0;
  std::size_t length = 0;  // 0: there is no such escape
};

Escape unicode_escape_at(std::string_view bytes) {
  const std::optional<char32_t> unit = code_unit_at(bytes);
  if (!unit || (*unit >= 0xDC00 && *unit < 0xE000)) return {};
  if (*unit < 0xD800 || *unit >= 0xE000) return {*unit, kUnicodeEscape};
  const std::optional<char32_t> low = code_unit_at(bytes.substr(kUnicodeEscape));
  if (!low || *low < 0xDC00 || *low >= 0xE000) return {};
  return {0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00), 2 * kUnicodeEscape};
}

// The escape that `bytes` begin with; their first is a backslash.
Escape escape_at(std::string_view bytes) {
  switch (bytes.size() < 2 ? '\0' : bytes[1]) {
    case '"':
    case '\\':
    case '/':
      return {static_cast<char32_t>(bytes[1]), 2};
    case 'b':
      return {'\b', 2};
    case 'f':
      return {'\f', 2};
    case 'n':
      return {'\n', 2};
    case 'r':
      return {'\r', 2};
    case 't':
      return {'\t', 2};
    case 'u':
      return unicode_escape_at(bytes);
    default:
      return {};
  }
}

// The bytes of the character beyond ASCII that `bytes` begin with; 0 if they do not.
std::size_t character_at(std::string_view bytes) {
  if (static_cast<unsigned char>(bytes[0]) < 0x80) return 0;
  const engine::Utf8Char character = engine::utf8_char_at(bytes, 0);
  return character.state == engine::Utf8::valid ? character.length : 0;
}

}  // namespace

JsonText json_text_at(std::string_view bytes) {
  bool escaped = false;
  std::size_t at = after_plain(bytes, 0);
  while (at < bytes.size() && bytes[at] != '"') {
    const bool escape = bytes[at] == '\\';
    const std::string_view rest = bytes.substr(at);
    const std::size_t length = escape ? escape_at(rest).length : character_at(rest);
    if (length == 0) return {};
    escaped = escaped || escape;
    at = after_plain(bytes, at + length);
  }
  return {.raw = bytes.substr(0, at), .sound = true, .escaped = escaped};
}

void append_unescaped(std::string_view raw, std::string& text) {
  while (true) {
    const std::size_t plain = raw.find('\\');
    text += raw.substr(0, plain);
    if (plain == std::string_view::npos) return;
    const Escape escape = escape_at(raw.substr(plain));
    engine::append_utf8(escape.code, text);
    raw.remove_prefix(plain + escape.length);
  }
}

}  // namespace proctor::backends
