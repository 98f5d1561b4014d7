// The \boxed{...} and \fbox{...} of a LaTeX text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders {

struct Box {
  Span content;        // into the text that was searched: what stands between the braces
  bool closed = true;  // false: the text ended first, and the content is all the rest of it
};

// The last box that holds anything; one with only white space is an instruction that was quoted.
// Braces are matched, \{ and \} left alone; \\boxed (a backslash doubled by JSON) and `\boxed 5`
// are boxes too. Of nested boxes the outermost counts, unless it was never closed.
// Time and memory are linear in the text, whatever it is.
std::optional<Box> last_box(std::string_view text);

// The text with the wrappers of its boxes taken away: "\boxed{5} m" gives "5 m".
std::string without_boxes(std::string_view text);

}  // namespace proctor::graders
