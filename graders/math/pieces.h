// A line of a reply as a row of pieces: formulas, plain mathematics, and the words between that say
// what they mean ("so the area is $15$ cm").
#pragma once

#include <string_view>
#include <vector>

#include "graders/math/formulas.h"
#include "graders/math/prose_words.h"

namespace proctor::graders::math {

struct Piece {
  PieceKind kind;
  Span span;            // without punctuation and emphasis around it
  bool breaks = false;  // punctuation that ends a clause follows
  bool comma = false;   // a comma follows
};

// The pieces of `range`, in order. A formula that begins in the range is taken whole. Words are
// known by tables in several languages, ASCII letters in any case. Linear in the range.
std::vector<Piece> split_pieces(std::string_view text, const std::vector<Formula>& formulas,
                                Span range);

}  // namespace proctor::graders::math
