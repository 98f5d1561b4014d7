// What the command line says about a run, for `run` and `resume`.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "harness/core/result.h"
#include "harness/grading/code_judge.h"
#include "harness/plan/run_plan.h"

namespace proctor::harness::run {

// What the command line adds to a RunRequest.
struct RunFlags {
  plan::RunRequest request;
  std::vector<std::string> tasks;
  std::string suite;
  std::optional<int> samples;
  std::optional<int> limit;
  bool no_stream = false;
  bool fresh = false;
  bool quiet = false;
  bool dry_run = false;
  bool no_canary = false;
  std::optional<std::filesystem::path> prices;  // the file; see Prices::users()
  std::optional<double> budget_usd;
  std::optional<std::filesystem::path> response_cache;  // the file; see response_cache.h
  double min_coverage = 99.5;
  grading::CodeJudgeOptions judge;
};

// Where the server is; `what` explains it.
void add_server_flags(CLI::App& verb, RunFlags& flags, const std::string& what);
// Flags about the thinking of remote models; they change who answers.
void add_thinking_flags(CLI::App& verb, RunFlags& flags);
// Flags about when a run counts as whole, and what is shown meanwhile.
void add_outcome_flags(CLI::App& verb, RunFlags& flags);
// Flags about the sandbox that programs run in.
void add_sandbox_flags(CLI::App& verb, grading::CodeJudgeOptions& options);
// Flags about what may be spent.
void add_spending_flags(CLI::App& verb, RunFlags& flags);
// Flags that change the protocol.
void add_sampling_flags(CLI::App& verb, RunFlags& flags);
// Flags about questions that can be selected from.
void add_question_flags(CLI::App& verb, plan::RunRequest& request);

// The tasks of the command line and of the suite, with --samples and --limit over both, put into
// the request. Errors: not_found, invalid_input.
Result<void> resolve_tasks(RunFlags& flags, bool protocol_given);

// The key for the model spec, from the environment; empty if there is none.
std::string api_key(std::string_view model);

}  // namespace proctor::harness::run
