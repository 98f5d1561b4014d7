// The canary as the first step of `run` and `resume`: what it finds is said on stderr, stored with
// a new run, or ends the program before anything else is spent.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "backends/backend.h"
#include "harness/canary/probes.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/grading/task_run.h"
#include "harness/spending/spending.h"
#include "reports/store.h"

namespace proctor::harness::canary {

// The endpoint of a run, and the recipes that it is asked by.
struct Endpoint {
  const backends::BackendOptions& backend;
  const std::vector<grading::TaskRun>& task_runs;
  bool think_prefilled = false;
};

// Examines the endpoint that the plan names and records in the plan what was found. Does nothing
// for a model that is not remote. `spending` may be null.
// Errors: those of run_canary(); refused, if the endpoint is not fit for the run.
Result<void> examine_before_run(const Endpoint& endpoint, spending::Spending* spending,
                                std::stop_token stop, RunPlan& plan);

// The same before a stored run is continued, unless all its samples have replies already.
// Errors: also invalid_input, if the server now says other things of itself; the store's.
Result<void> examine_before_resume(const Endpoint& endpoint, spending::Spending* spending,
                                   std::stop_token stop, const RunPlan& plan, reports::Store& store,
                                   reports::RunId run);

// What it can come to; nothing where there is none. Errors: those of make_backend().
Result<std::optional<CanaryCost>> canary_forecast(const Endpoint& endpoint, const RunPlan& plan);

// Whether the model has to be asked about any sample of a stored run. Errors: the store's.
Result<bool> asks_anything(reports::Store& store, reports::RunId run);

}  // namespace proctor::harness::canary
