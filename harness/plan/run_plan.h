// From what the user asked for to what will be done: protocols resolved, data loaded, everything
// that makes the run what it is hashed into its fingerprint. Nothing is asked of a model here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/grading/task_run.h"
#include "harness/grading/tools.h"
#include "harness/plan/suite.h"

namespace proctor::harness::plan {

// Changes to the protocol's sampling that the user asked for; a run with any is not the protocol's
// any more, and its protocol hash says so.
struct SamplingOverrides {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> top_k;
  std::optional<int> max_tokens;
};

struct RunRequest {
  std::vector<TaskRequest> tasks{};
  std::string model{};  // the spec
  std::string protocol = "r1";
  SamplingOverrides sampling{};
  std::string prompt{};        // instead of the protocol's, for the tasks that have several
  std::string option_order{};  // likewise, for the tasks with options
  std::string code_runner = "process";  // or "lcb-compat": who runs programs
  tasks::Selection selection{};         // for the tasks whose questions can be selected from
  std::uint64_t seed = 0;
  bool think_prefilled = false;
  backends::BackendOptions backend{};
};

struct PlannedRun {
  RunPlan plan;
  std::vector<grading::TaskRun> task_runs;  // one for each task of the plan
  std::vector<std::string> selections;      // likewise: what of the dataset is asked; "": all of it
};

// The graders use the tools, which must outlive them.
// Errors: not_found (task, protocol, data), corrupt (data), invalid_input.
Result<PlannedRun> plan_run(const RunRequest& request, const grading::GradingTools& tools,
                            const backends::Backend& backend);

}  // namespace proctor::harness::plan
