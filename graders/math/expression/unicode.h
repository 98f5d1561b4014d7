// Characters beyond ASCII, and how LaTeX writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proctor::graders::math {

constexpr std::uint32_t kNoCharacter = 0xFFFFFFFF;

struct Character {
  std::uint32_t code;  // kNoCharacter for a byte that begins none, which stands for itself
  std::size_t size;    // in bytes
};

// The character of UTF-8 that begins at `at`.
Character character_at(std::string_view text, std::size_t at);

// The ASCII character that a character is when raised (\u00B2 is 2) or lowered; 0 if it is neither.
char raised(std::uint32_t code);
char lowered(std::uint32_t code);

// Appends how LaTeX writes a character: nothing if it is invisible, itself if LaTeX has no other
// way.
void append_latex(std::string_view character, std::uint32_t code, std::string& out);

}  // namespace proctor::graders::math
