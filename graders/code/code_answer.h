// Graders "code" and "code-lcb-compat": programs, right when they pass all of a question's tests as
// LiveCodeBench compares outputs.
#pragma once

#include <memory>

#include "graders/grader.h"

namespace proctor::graders::code {

// Python programs, found as upstream finds them (extraction.h), with upstream's limit of six
// seconds a test, and 1 GiB of memory. A reply without a program is no answer; upstream's runner
// calls it wrong. Errors: those of ProgramGrading. The question's gold names its tests.
std::unique_ptr<Grader> make_code_answer(const GraderOptions& options);

// The same by LiveCodeBench's own runner, bug for bug, to reproduce published numbers.
std::unique_ptr<Grader> make_lcb_compat_answer(const GraderOptions& options);

}  // namespace proctor::graders::code
