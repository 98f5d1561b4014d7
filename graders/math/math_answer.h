// Grader "math": the final answer of a reply, in LaTeX or plain text, equal to the gold as
// mathematics.
#pragma once

#include <memory>

#include "graders/grader.h"

namespace proctor::graders {

// Finds the answer by the ladder of math/extraction.h and compares it by math/equality.h. A gold
// may be bare LaTeX, in dollars, plain text, or a whole reference solution, whose final answer is
// then found like a reply's. What neither can be shown equal nor unequal, within the budget, is
// undecided; an answer that is not understood is wrong unless its text is the gold's.
//
// Golds are read once and kept, up to a limit, for all replies to their questions.
// Errors: invalid_input, for a gold without content.
std::unique_ptr<Grader> make_math_answer(const GraderOptions& options);

}  // namespace proctor::graders
