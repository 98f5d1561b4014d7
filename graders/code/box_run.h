// The limits that a job's program runs under, and what a run in the box says about it.
#pragma once

#include <string>

#include "graders/code/job.h"
#include "graders/code/verdict.h"
#include "sandbox/sandbox.h"

namespace proctor::graders::code {

// The box allows a tenth more processor time than the job, so that a run near the limit is told
// from one that is far beyond it, and the wall clock max(2 x limit, limit + 1 s).
sandbox::Limits limits_for(const Job& job);

// What a run came to as far as limits and its ending tell: accepted if it ended with exit code 0
// within its limits, whatever it answered.
TestOutcome outcome_of(const sandbox::ProgramRun& run, const Job& job);

// How a run that did not succeed ended, for a person: "exit code 1: ValueError: no".
std::string describe_ending(const sandbox::ProgramRun& run);

bool ended_well(const sandbox::ProgramRun& run);  // with exit code 0

}  // namespace proctor::graders::code
