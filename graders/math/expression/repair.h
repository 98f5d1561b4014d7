// Undoes what happens to an answer on its way: characters beyond ASCII where LaTeX has commands,
// and the damage that JSON and its decoders do to backslashes.
#pragma once

#include <string>
#include <string_view>

namespace proctor::graders::math {

// Whether repaired() could change the text. Cheap: most answers need no repair.
bool needs_repair(std::string_view text);

// The text with
// - operators, Greek, fractions, indices, digits and letters of Unicode written as LaTeX writes
// them;
//   zero-width marks, direction marks and NULs dropped;
// - backslashes halved where all of them are doubled, or before a command's name where some are;
// - a control character made a backslash and a letter again where that spells a command: "\frac"
//   decoded as JSON is a form feed and "rac".
// Linear time.
std::string repaired(std::string_view text);

}  // namespace proctor::graders::math
