// The answer that the boxes of a reply state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders::math {

struct BoxedAnswer {
  std::string_view rung;  // "box", "joined boxes" or "unterminated box"
  Span span;              // from the first to the last character that was read
  std::string text;       // what it says: the contents, joined by commas
};

// The last box, and with it
//  - those before it with nothing but separators between, in one sentence: "$x=\boxed{1}$ and
//    $x=\boxed{2}$" says x=1, x=2. More than a few in a row are no list but a loop, and the last
//    stands alone;
//  - a percent sign, a degree sign, a power of ten or a unit directly after it: "\boxed{5}\%".
// One that never ends is read to the end of its formula. Nothing if all boxes are empty.
// Linear in the text.
std::optional<BoxedAnswer> boxed_answer(std::string_view text);

}  // namespace proctor::graders::math
