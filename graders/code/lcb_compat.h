// LiveCodeBench's own runner, bug for bug: all tests in one process (drivers/compat.py), compared
// here as upstream compares (reference/code_judging.md, sections 1.5 and 1.6).
#pragma once

#include <vector>

#include "graders/code/job.h"
#include "graders/code/verdict.h"
#include "sandbox/sandbox.h"

namespace proctor::graders::code {

// The outcomes of the job's tests, up to the first that failed. Upstream's six seconds a test hold,
// not the job's limit; its memory limit does, though upstream has none. Times and memory are those
// of the whole process, in every outcome. A time limit is always near: it is one of wall time.
std::vector<TestOutcome> run_lcb_compat(const Job& job, sandbox::Sandbox& sandbox, bool cold);

}  // namespace proctor::graders::code
