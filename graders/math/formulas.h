// Where a text in Markdown or LaTeX sets formulas.
#pragma once

#include <string_view>
#include <vector>

#include "harness/core/score.h"

namespace proctor::graders::math {

struct Formula {
  Span whole;    // delimiters included
  Span content;  // what stands between them

  bool operator==(const Formula&) const = default;
};

// The formulas of the text in order: $..$, $$..$$, \(..\), \[..\] and the displayed environments
// (equation, align, gather...). Amounts of money are none ("$5 and $6"), nor is what reads as
// prose, so that one stray dollar sign does not turn the text inside out. Linear in the text.
std::vector<Formula> find_formulas(std::string_view text);

}  // namespace proctor::graders::math
