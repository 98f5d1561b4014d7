// What graders of programs need besides the question and the reply: a judge, and the tests.
#pragma once

#include <filesystem>
#include <optional>

#include "graders/grader.h"
#include "harness/code_judge.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/run_plan.h"
#include "tasks/task.h"

namespace proctor::harness {

struct GradingTools {
  std::filesystem::path data;     // the folder that tests of programs are in
  std::optional<CodeJudge> code;  // none: no answer of the run is a program
};

// Whether the protocol's answers are programs.
bool grades_programs(const tasks::Protocol& protocol);

// For a run that is to be planned. Without a full sandbox, tasks that need one and may be left out
// are taken from the request, which is said on stderr; so are the layers that a sandbox lacks. To
// be called before any thread is started. Errors: unavailable, when there is no sandbox and a task
// needs it; not_found, for a task or protocol that there is none of.
Result<GradingTools> make_grading_tools(RunRequest& request, const std::filesystem::path& data,
                                        const CodeJudgeOptions& options);

// For a stored run. Errors: unavailable; corrupt.
Result<GradingTools> make_grading_tools(const RunPlan& plan, const std::filesystem::path& data,
                                        const CodeJudgeOptions& options);

// The options of a task's grader. The tools must outlive it.
graders::GraderOptions grader_options(const tasks::Protocol& protocol, bool think_prefilled,
                                      const GradingTools& tools);

}  // namespace proctor::harness
