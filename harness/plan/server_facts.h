// What is stored with a run about the server that answers it, and what has become of it since.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/server_facts.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "reports/store.h"

namespace proctor::harness::plan {

// Stores the facts in the plan's configuration, and makes the lasting ones part of its fingerprint.
// Without lasting facts the fingerprint stays as it is.
void set_server_facts(RunPlan& plan, const backends::ServerFacts& facts);

// The stored facts: those that last, and those that may pass. Empty where there are none.
backends::ServerFacts stored_server_facts(const RunPlan& plan);

// The lasting facts as one text, the same for equal facts; empty if there are none.
std::string server_identity(const RunPlan& plan);

// "version: 0.8.4 -> 0.9.0", for each name under which both know something, and not the same.
std::vector<std::string> changed_facts(const std::map<std::string, std::string>& before,
                                       const std::map<std::string, std::string>& now);

// Which run a plan goes on with.
struct RunToContinue {
  std::optional<reports::RunId> run{};
  // Instead: the run would go on, but the server that began it said other things of itself.
  std::optional<reports::RunId> of_another_server{};
  std::vector<std::string> changes{};  // as changed_facts()
};

// The newest run of the same plan and seed, if it is open. That either of the two knows less of its
// server than the other does not part them. Errors: the store's.
Result<RunToContinue> run_to_continue(reports::Store& store, const RunPlan& plan);

}  // namespace proctor::harness::plan
