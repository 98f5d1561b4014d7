// UTF-8 (Unicode Standard, section 3.9): reading it, writing it, and mending what is not it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace proctor::engine {

constexpr char32_t kReplacementCharacter = 0xFFFD;

enum class Utf8 {
  valid,       // a whole character
  invalid,     // no character begins so, whatever follows
  incomplete,  // the text ends within a character
};

struct Utf8Char {
  char32_t code = 0;       // kReplacementCharacter unless valid
  std::size_t length = 0;  // bytes; of what is not valid, the longest start of a character, or 1
  Utf8 state = Utf8::valid;
};

// The character at `at`, which is within the text.
Utf8Char utf8_char_at(std::string_view text, std::size_t at);

// The same for a text known to be UTF-8, faster.
inline Utf8Char valid_utf8_char_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3F); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | tail(1), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | tail(1) << 6 | tail(2), 3};
  return {(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4};
}

// The end of the ASCII characters from `at` on; `at` itself if it is at none.
std::size_t after_ascii(std::string_view text, std::size_t at);

// `code` is a Unicode scalar value.
void append_utf8(char32_t code, std::string& text);

// How many bytes from the start are UTF-8.
std::size_t valid_utf8_prefix(std::string_view text);

// The text with U+FFFD for each maximal run of bytes that starts a character and does not complete
// it, and for each other stray byte: what Python's errors="replace" and Rust's from_utf8_lossy do.
std::string mended_utf8(std::string_view text);

}  // namespace proctor::engine
