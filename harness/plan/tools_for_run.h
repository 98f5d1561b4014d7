// The tools that a run's graders need: a sandbox, where the run has programs to run.
#pragma once

#include <filesystem>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/grading/code_judge.h"
#include "harness/grading/tools.h"
#include "harness/plan/run_plan.h"

namespace proctor::harness::plan {

// For a run that is to be planned. Without a full sandbox, tasks that need one and may be left out
// are taken from the request, which is said on stderr; so are the layers that a sandbox lacks. To
// be called before any thread is started. Errors: unavailable, when there is no sandbox and a task
// needs it; not_found, for a task or protocol that there is none of.
Result<grading::GradingTools> make_grading_tools(RunRequest& request,
                                                 const std::filesystem::path& data,
                                                 const grading::CodeJudgeOptions& options);

// For a stored run. Errors: unavailable; corrupt.
Result<grading::GradingTools> make_grading_tools(const RunPlan& plan,
                                                 const std::filesystem::path& data,
                                                 const grading::CodeJudgeOptions& options);

}  // namespace proctor::harness::plan
