// From what the user asked for to what will be done: protocols resolved, data loaded, everything
// that makes the run what it is hashed into its fingerprint. Nothing is asked of a model here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/suite.h"
#include "harness/task_run.h"

namespace proctor::harness {

// Changes to the protocol's sampling that the user asked for; a run with any is not the protocol's
// any more, and its protocol hash says so.
struct SamplingOverrides {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> top_k;
  std::optional<int> max_tokens;
};

struct RunRequest {
  std::vector<TaskRequest> tasks;
  std::string model;  // the spec
  std::string protocol = "r1";
  SamplingOverrides sampling;
  std::uint64_t seed = 0;
  bool think_prefilled = false;
  backends::BackendOptions backend;
};

struct PlannedRun {
  RunPlan plan;
  std::vector<TaskRun> task_runs;  // one for each task of the plan
};

// Errors: not_found (task, protocol, data), corrupt (data), invalid_input.
Result<PlannedRun> plan_run(const RunRequest& request, const std::filesystem::path& data,
                            const backends::Backend& backend);

// What a stored run needs to be carried on with, besides its plan.
struct StoredRequest {
  std::string server;  // identity() of the backend that answered so far
  bool think_prefilled = false;
  backends::BackendOptions backend;
};

// Errors: corrupt.
Result<StoredRequest> stored_request(const RunPlan& plan);

// What a stored plan needs to be carried out, from its own stored protocols. Errors: corrupt;
// invalid_input, if this proctor's graders are not those the run began with.
Result<std::vector<TaskRun>> stored_task_runs(const RunPlan& plan, bool think_prefilled);

}  // namespace proctor::harness
