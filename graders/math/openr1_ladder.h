// The answers that open-r1's evaluation would try to read off a reply in mathematics, in its order:
// the levels of lighteval's extractive_match_utils.py at d3da6b9b, for LaTeX and plain expressions
// in English.
//
// Where this differs: a formula's closing delimiter is the next one, escaped or not; of several
// formulas joined by "and" only the last is read; of several boxes, the last.
#pragma once

#include <functional>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders::math {

struct LadderAnswer {
  int level = 0;  // 0 "final answer is X. I hope", 50 "final answer ... is X", 55 a box,
                  // 100 "answer:" shortly before X, 200 "answer" likewise, 300 any X
  Span span{};    // into the text: X without what delimits it
};

// Offers the candidates of each level, surest level first and the one that ends last first, until
// `take` accepts one; says whether it did. X is a formula between dollars or \( \[ brackets, or a
// number or an expression of numbers in plain text.
bool offer_openr1_answers(std::string_view text,
                          const std::function<bool(const LadderAnswer&)>& take);

}  // namespace proctor::graders::math
