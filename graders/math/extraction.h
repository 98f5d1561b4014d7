// Finding the final answer of a reply in mathematics: a ladder of rungs, the surest first.
#pragma once

#include <optional>
#include <string_view>

#include "graders/final_answer.h"

namespace proctor::graders::math {

// What kind of answer the gold is, and so what to look for.
enum class Wanted {
  value,   // a number, an expression, a set...
  words,   // "no solution", "Evelyn"
  letter,  // of a multiple choice
};

struct Search {
  Wanted wanted = Wanted::value;
  bool cut = false;  // the reply did not come to its end, so what it says last is no conclusion
};

// Reads the answer off the final part of a reply. In this order:
//   answer tags     the last <answer>...</answer>, by the rungs below or else as it is
//   final answer    "final answer is ...", if it comes after the last box
//   box             the last, or the last several joined; see boxed_answer.h
//   answer phrase   "the answer is ...", in many languages; see anchors.h
//   whole reply     a reply that is nothing but an expression
//   last line       what its last sentence says: after "so" or "is", or the last formula or number
//   earlier line    of the three lines before it, one that is an expression, or asserts a value
// The letter of a multiple choice comes before other boxes and phrases (choice.h), and words are
// read off phrases, bold type and short replies. A formula is found whole or not at all, and where
// nothing commits to an answer there is none. Only tags and boxes are looked for before the last
// 64 KiB. Linear in the text.
std::optional<FoundAnswer> find_answer(std::string_view text, const Search& search);

}  // namespace proctor::graders::math
