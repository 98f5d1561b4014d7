// The two ways to run the programs of a recipe: "process", each test in a process of its own, and
// "lcb-compat", LiveCodeBench's own runner.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "tasks/task.h"

namespace proctor::harness::plan {

// The name of the grader that runs programs that way.
std::string code_grader(std::string_view runner);

// Whether the recipe's programs can be run in either way; contests have their own.
bool has_code_runners(const tasks::Protocol& protocol);

// Has the programs of the plan's tasks graded by another runner. Errors: corrupt.
Result<void> set_code_runner(RunPlan& plan, std::string_view runner);

}  // namespace proctor::harness::plan
