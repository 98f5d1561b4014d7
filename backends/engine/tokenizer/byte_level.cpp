#include "backends/engine/tokenizer/byte_level.h"

#include <array>
#include <cstddef>

#include "backends/engine/tokenizer/utf8.h"

namespace proctor::engine {
namespace {

constexpr bool stands_for_itself(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
}

// The byte of each character, -1 for none: the last is that of the 68th byte without a self.
constexpr std::size_t kCharacters = 0x100 + 68;
constexpr std::array<short, kCharacters> kBytes = [] {
  std::array<short, kCharacters> bytes{};
  bytes.fill(-1);
  std::size_t next = 0x100;
  for (short byte = 0; byte < 0x100; ++byte) {
    bytes[stands_for_itself(byte) ? static_cast<std::size_t>(byte) : next++] = byte;
  }
  return bytes;
}();

}  // namespace

std::optional<std::string> bytes_of_stand_ins(std::string_view entry) {
  std::string bytes;
  for (std::size_t at = 0; at < entry.size();) {
    const Utf8Char next = valid_utf8_char_at(entry, at);
    if (next.code >= kCharacters || kBytes[next.code] < 0) return std::nullopt;
    bytes += static_cast<char>(kBytes[next.code]);
    at += next.length;
  }
  return bytes;
}

}  // namespace proctor::engine
