// Grader "math": answers in LaTeX, equal when their normal forms are.
#pragma once

#include <memory>

#include "graders/grader.h"

namespace proctor::graders {

// The last box, or else what follows "answer is" or "answer:", compared with the gold as normal
// forms (math/normal_form.h). It rather misses an equal answer than accepts another one.
// Errors: invalid_input, for a gold without content.
std::unique_ptr<Grader> make_string_answer(const GraderOptions& options);

}  // namespace proctor::graders
