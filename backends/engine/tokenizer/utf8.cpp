#include "backends/engine/tokenizer/utf8.h"

#include <cstdint>
#include <cstring>

namespace proctor::engine {
namespace {

// What may follow a lead byte (Unicode Standard, table 3-7): `length` 0 for none.
struct Lead {
  std::size_t length;
  unsigned char second_min, second_max;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

Utf8Char utf8_char_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Lead lead = lead_of(byte(at));
  if (lead.length == 0) return {kReplacementCharacter, 1, Utf8::invalid};
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (at + i == text.size()) return {kReplacementCharacter, i, Utf8::incomplete};
    const unsigned char lowest = i == 1 ? lead.second_min : 0x80;
    const unsigned char highest = i == 1 ? lead.second_max : 0xBF;
    if (byte(at + i) < lowest || byte(at + i) > highest) {
      return {kReplacementCharacter, i, Utf8::invalid};
    }
  }
  return valid_utf8_char_at(text, at);
}

std::size_t after_ascii(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

void append_utf8(char32_t code, std::string& text) {
  const auto append = [&](char32_t byte) { text += static_cast<char>(byte); };
  const auto append_tail = [&](unsigned shift) { append(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    append(code);
  } else if (code < 0x800) {
    append(0xC0 | code >> 6);
    append_tail(0);
  } else if (code < 0x10000) {
    append(0xE0 | code >> 12);
    append_tail(6);
    append_tail(0);
  } else {
    append(0xF0 | code >> 18);
    append_tail(12);
    append_tail(6);
    append_tail(0);
  }
}

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t at = after_ascii(text, 0);
  while (at < text.size()) {
    const Utf8Char next = utf8_char_at(text, at);
    if (next.state != Utf8::valid) break;
    at = after_ascii(text, at + next.length);
  }
  return at;
}

std::string mended_utf8(std::string_view text) {
  std::string mended;
  mended.reserve(text.size());
  while (true) {
    const std::size_t valid = valid_utf8_prefix(text);
    mended += text.substr(0, valid);
    if (valid == text.size()) return mended;
    append_utf8(kReplacementCharacter, mended);
    text.remove_prefix(valid + utf8_char_at(text, valid).length);
  }
}

}  // namespace proctor::engine
