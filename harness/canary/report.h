// What a canary found, for people, for programs, and for the record of the run. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/canary/canary.h"
#include "harness/core/record.h"

namespace proctor::harness::canary {

// A table of the checks, what the servers say of themselves, and the verdict.
std::string format_canary(const CanaryReport& report, const std::string& model);
nlohmann::ordered_json canary_json(const CanaryReport& report, const std::string& model);

// A line for each check with that outcome: "seed: two replies with the same seed differ: ...".
std::string canary_lines(const CanaryReport& report, Outcome outcome);

// Puts what was found into the plan: the checks, for the record, and what servers say of
// themselves, into the plan's fingerprint too.
void record_canary(const CanaryReport& report, RunPlan& plan);

// What record_canary() put there for the run's readers: "seed: two replies with ...", and the
// tokens that it took. Empty and zero for a run that began without.
std::vector<std::string> stored_canary_remarks(const RunPlan& plan);
TokenUsage stored_canary_usage(const RunPlan& plan);

}  // namespace proctor::harness::canary
