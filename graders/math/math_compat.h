// Graders of mathematics that find a reply's answer as other harnesses do, for comparing with their
// published numbers. What they find is compared by our own equality (math/equality.h), which those
// harnesses do not have: open-r1 asks SymPy, simple-evals asks another model.
#pragma once

#include <memory>

#include "graders/grader.h"

namespace proctor::graders {

// "math-openr1": the first answer of math/openr1_ladder.h that can be read as mathematics, over the
// whole reply, thinking included. A reply that was cut is graded like any other.
std::unique_ptr<Grader> make_math_openr1(const GraderOptions& options);

// "math-simple-evals": what stands after the first "Answer:" of the whole reply, up to the end of
// its line.
std::unique_ptr<Grader> make_math_simple_evals(const GraderOptions& options);

}  // namespace proctor::graders
