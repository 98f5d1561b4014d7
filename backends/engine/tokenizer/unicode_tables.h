// What the tokenizer must know about code points: generated tables (generate_unicode_tables.py),
// and how to look into the two that every character of a text goes through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace proctor::engine {

// The classes of the splitting rules: \p{L}, \p{N}, \s (White_Space), and everything else.
enum class CharKind : std::uint8_t { other = 0, letter = 1, number = 2, space = 3 };

// Two stages: kProperties holds a block of 256 digits for each number in kPropertyBlocks. The low
// two bits of a digit are the CharKind; the third says that NFC may change this character or join
// it with the one before.
extern const std::uint8_t kPropertyBlocks[];
extern const char kProperties[];

// `code` is at most 0x10FFFF.
inline unsigned char_properties(char32_t code) {
  return static_cast<unsigned char>(kProperties[kPropertyBlocks[code >> 8] * 256u + (code & 255)]);
}
inline CharKind char_kind(char32_t code) {
  return static_cast<CharKind>(char_properties(code) & 3);
}
inline bool nfc_affects(char32_t code) { return (char_properties(code) & 4) != 0; }

struct CombiningRange {
  char32_t first, last;
  std::uint8_t combining_class;  // not 0
};
struct Decomposition {
  char32_t code;
  char32_t first, second;  // one canonical step; second is 0 for a single character
};
struct Composition {
  char32_t first, second;
  char32_t composed;
};

// Sorted by their first fields. Hangul syllables are in none.
extern const CombiningRange kCombiningRanges[];
extern const Decomposition kDecompositions[];
extern const Composition kCompositions[];
extern const std::size_t kCombiningRangeCount, kDecompositionCount, kCompositionCount;

}  // namespace proctor::engine
