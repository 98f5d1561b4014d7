// The \boxed{...} and \fbox{...} of a LaTeX text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/score.h"

namespace proctor::graders {

struct Box {
  Span content;        // into the text that was searched: what stands between the braces
  bool closed = true;  // false: the text ended first, and the content is all the rest of it
  Span whole;          // from the command to the closing brace, both included
};

enum class BoxSpelling {
  exact,    // \boxed, and \\boxed: a backslash doubled by JSON
  damaged,  // also with the backslash lost (boxed{5}) or taken for a JSON escape (a backspace, then
            // oxed{5}); and a box that holds only a \phantom is empty
};

// The last box that holds anything; one with only white space is an instruction that was quoted.
// Braces are matched, \{ and \} left alone; `\boxed 5` is a box too. Of nested boxes the outermost
// counts, unless it was never closed.
// Time and memory are linear in the text, whatever it is.
std::optional<Box> last_box(std::string_view text);

// The same for the last boxes, at most kMostRecentBoxes of them, in order; none is within another.
// One that was never closed stands only at the end.
constexpr std::size_t kMostRecentBoxes = 32;
std::vector<Box> recent_boxes(std::string_view text, BoxSpelling spelling);

// The text with the wrappers of its boxes taken away: "\boxed{5} m" gives "5 m".
std::string without_boxes(std::string_view text);

}  // namespace proctor::graders
