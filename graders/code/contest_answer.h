// Grader "code-contest": programs for the problems of a programming contest, right when they pass
// all tests under the problem's own limits, by its own checker or interactor.
#pragma once

#include <memory>

#include "graders/grader.h"

namespace proctor::graders::code {

// The program is the last fenced block marked as the language that was asked for
// (GraderOptions::language), read after the thinking; a reply without one is no answer. The
// problem's time limit is multiplied by GraderOptions::time_factor.
// Errors: those of ProgramGrading; invalid_input, for a language that there is not. The question's
// gold names its tests.
std::unique_ptr<Grader> make_contest_answer(const GraderOptions& options);

}  // namespace proctor::graders::code
