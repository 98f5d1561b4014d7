// Graders of multiple choices that read a reply as other harnesses do, faults included, for
// comparing with their published numbers. What they find counts as theirs does; what a vote is for
// is an option, as with grader "choice".
#pragma once

#include <memory>

#include "graders/grader.h"

namespace proctor::graders {

// "choice-openr1": the ladder of choice/openr1_ladder.h over the whole reply, thinking included.
std::unique_ptr<Grader> make_choice_openr1(const GraderOptions& options);

// "choice-simple-evals": the first "Answer: X" of the whole reply; a small letter is wrong.
std::unique_ptr<Grader> make_choice_simple_evals(const GraderOptions& options);

}  // namespace proctor::graders
