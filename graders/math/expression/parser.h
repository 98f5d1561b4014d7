// Reads an answer, in LaTeX or plain text, as an expression.
#pragma once

#include <string_view>

#include "graders/math/expression/expression.h"

namespace proctor::graders::math {

enum class ParseFailure {
  none,
  empty,        // nothing but typesetting
  unparsed,     // something in it is no formula and no text that answers are made of
  over_budget,  // nested deeper, or with more parts, than any answer
};

struct Parsed {
  const Node* root = nullptr;  // in the arena; null if it failed
  ParseFailure failure = ParseFailure::none;
};

// Tolerant of damage (unclosed braces, a \left without \right, backslashes doubled or eaten by
// JSON, stray $): see reference/math_grading.md, section 2, for what is understood. An answer is
// understood as a whole or not at all, never a fragment of it. Time and memory are linear in the
// text, which is cut off beyond a limit as over_budget.
Parsed parse_answer(std::string_view text, Arena& arena);

}  // namespace proctor::graders::math
