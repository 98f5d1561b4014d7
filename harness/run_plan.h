// From what the user asked for to what will be done: protocols resolved, data loaded, everything
// that makes the run what it is hashed into its fingerprint. Nothing is asked of a model here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/suite.h"
#include "harness/task_run.h"

namespace proctor::harness {

struct GradingTools;  // grading_tools.h

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
  std::vector<TaskRun> task_runs;       // one for each task of the plan
  std::vector<std::string> selections;  // likewise: what of the dataset is asked; "": all of it
};

// The graders use the tools, which must outlive them.
// Errors: not_found (task, protocol, data), corrupt (data), invalid_input.
Result<PlannedRun> plan_run(const RunRequest& request, const GradingTools& tools,
                            const backends::Backend& backend);

// What a stored run needs to be carried on with, besides its plan.
struct StoredRequest {
  std::string server;  // identity() of the backend that answered so far
  bool think_prefilled = false;
  backends::BackendOptions backend;
};

// Errors: corrupt.
Result<StoredRequest> stored_request(const RunPlan& plan);

// Everything that makes two runs alike or unlike, `server` being the identity of who answers and
// `server_facts` what it says of itself that lasts (server_facts.h). Not in it: the seed, and how
// requests are sent.
std::string run_fingerprint(const RunPlan& plan, std::string_view server, bool think_prefilled,
                            const std::map<std::string, std::string>& server_facts = {});

// What a stored plan needs to be carried out, from its own stored protocols, with the graders of
// today. Errors: corrupt; not_found, for a grader that this proctor does not have.
Result<std::vector<TaskRun>> todays_task_runs(const RunPlan& plan, bool think_prefilled,
                                              const GradingTools& tools);

// The same, if these are the graders that the run began with. Errors: also invalid_input, if not.
Result<std::vector<TaskRun>> stored_task_runs(const RunPlan& plan, bool think_prefilled,
                                              const GradingTools& tools);

// Has the programs of the plan's tasks graded by another runner: "process" or "lcb-compat".
// Errors: corrupt.
Result<void> set_code_runner(RunPlan& plan, std::string_view runner);

}  // namespace proctor::harness
