// One spelling for answers that differ only in how they are typeset.
#pragma once

#include <string>
#include <string_view>

namespace proctor::graders {

// The normal form of an answer in LaTeX or plain text, white space removed. Two answers with the
// same normal form are the same answer; equal values may well have different ones (0.5 and 1/2 do).
//
//   dropped     $ \( \) \[ \], \left \right \big..., spacing, \displaystyle, \$, \% %, degrees,
//               a final full stop, braces around everything, `x=` for a single letter,
//               \text{ cm}^2 and other words in \text after a number
//   unwrapped   \text{A} \mbox{A} \mathrm{A} \textbf{A}...: A
//   rewritten   \dfrac \tfrac \cfrac: \frac        \frac12, \sqrt3, x^2: \frac{1}{2}, \sqrt{3},
//   x^{2}
//               1/2 (whole numbers only): \frac{1}{2}      .5: 0.5
//               1,234 1{,}234 1\,234 1 234: 1234           \le \ge \ne: \leq \geq \neq
//               a few Unicode signs: their LaTeX           \\frac (damage from JSON): \frac
//   kept        everything else, among it \{ \}, trailing zeros, \cdot and \times, and the space
//               between two numbers that are not one (1 1/2 is not 11/2)
//
// Linear in time and memory for any input.
std::string normal_form(std::string_view answer);

}  // namespace proctor::graders
