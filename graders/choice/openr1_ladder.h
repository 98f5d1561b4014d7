// The letter that open-r1's evaluation reads off a reply, with its defects: the patterns for choice
// indices in lighteval's extractive_match_utils.py at d3da6b9b, for English, letters without
// brackets, with plain matches allowed.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders::choice {

struct LadderLetter {
  int level = 0;  // the patterns' priority, from 0 (surest) to 300 (any capital of theirs anywhere)
  Span span{};    // of the letter
  std::size_t option = 0;
};

// Of the surest level with a match, the match that ends last. `letters` is how many options there
// are. Known to go wrong where a reply follows the prompt's own "$LETTER": of "Answer: $C" no sure
// level reads anything, and a letter that stands alone anywhere in the text is taken.
std::optional<LadderLetter> openr1_letter(std::string_view text, std::size_t letters);

// The letter of openai/simple-evals (common.py at ee3b031): after the first "Answer:", in any case,
// one from A to D, in dollars or not, whatever follows it. `small` if it is a small one, which
// counts as wrong there.
struct FirstLetter {
  Span span{};
  std::size_t option = 0;
  bool small = false;
};
std::optional<FirstLetter> simple_evals_letter(std::string_view text);

}  // namespace proctor::graders::choice
