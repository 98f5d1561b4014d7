// Cuts a text into the pieces that byte-pair encoding then works on: the regular expression of the
// Qwen2 and Llama 3 tokenizers, as a scanner.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace proctor::engine {

// How the two families differ: the longest run of digits that stays together.
struct SplitRule {
  std::size_t max_digits = 1;  // Qwen2: 1 (\p{N}). Llama 3: 3 (\p{N}{1,3})

  bool operator==(const SplitRule&) const = default;
};

// The rule of a tokenizer.json's Split regex, or nothing if it is neither family's, to the letter.
std::optional<SplitRule> split_rule_of(std::string_view regex);

// The end of the piece that begins at `begin`: a character's place within `text`, which is valid
// UTF-8. Pieces leave no gaps. Linear over all pieces of a text. Pure.
std::size_t piece_end(std::string_view text, std::size_t begin, const SplitRule& rule);

}  // namespace proctor::engine
