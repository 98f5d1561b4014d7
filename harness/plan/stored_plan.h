// What it takes to go on with a run whose plan is in a store.
#pragma once

#include <string>
#include <vector>

#include "backends/backend.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/grading/task_run.h"
#include "harness/grading/tools.h"

namespace proctor::harness::plan {

// What a stored run needs to be carried on with, besides its plan.
struct StoredRequest {
  std::string server;  // identity() of the backend that answered so far
  bool think_prefilled = false;
  backends::BackendOptions backend;
};

// Errors: corrupt.
Result<StoredRequest> stored_request(const RunPlan& plan);

// What a stored plan needs to be carried out, from its own stored protocols, with the graders of
// today. Errors: corrupt; not_found, for a grader that this proctor does not have.
Result<std::vector<grading::TaskRun>> todays_task_runs(const RunPlan& plan, bool think_prefilled,
                                                       const grading::GradingTools& tools);

// The same, if these are the graders that the run began with. Errors: also invalid_input, if not.
Result<std::vector<grading::TaskRun>> stored_task_runs(const RunPlan& plan, bool think_prefilled,
                                                       const grading::GradingTools& tools);

}  // namespace proctor::harness::plan
