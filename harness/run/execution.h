// Carrying a planned or stored run to its end: asked, graded, marked and reported.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/grading/task_run.h"
#include "harness/process/exit_code.h"
#include "harness/process/globals.h"
#include "harness/process/interrupts.h"
#include "harness/run/batch_ledger.h"
#include "harness/run/flags.h"
#include "harness/spending/prices.h"
#include "harness/spending/spending.h"
#include "reports/store.h"

namespace proctor::harness::run {

// What carrying a run to its end takes.
struct Execution {
  const Globals& globals;
  const RunFlags& flags;
  Interrupts& interrupts;
  backends::Backend& backend;
  bool by_batch;
  StoreBatchLedger& batches;
  reports::Store& store;
  reports::RunId run;
  bool continued;  // an earlier process began it
  spending::Prices prices;
};

// What --budget-usd allows; nothing without it. Errors: invalid_input, for a model without a price.
Result<std::optional<spending::Spending>> allowed_spending(const RunFlags& flags,
                                                           const spending::Prices& prices,
                                                           const std::string& model);

// What of the budget the canary may take before a run goes on: what earlier processes left. Without
// a run all of it. Errors: the store's.
Result<std::optional<spending::Spending>> left_for_canary(
    const std::optional<spending::Spending>& budget, const std::filesystem::path& db,
    reports::Store& store, std::optional<reports::RunId> run,
    const std::vector<grading::TaskRun>& task_runs);

// Does what is left of the run, charges `budget` with what earlier processes paid and with what is
// asked now, and prints the report. A run that stops at its budget stays open: the same command,
// with a larger one, goes on. Errors: those of run_pipeline() and of the store, with the command
// that continues.
Result<ExitCode> execute(const Execution& execution, const RunPlan& plan,
                         const std::vector<grading::TaskRun>& task_runs,
                         std::optional<spending::Spending> budget);

}  // namespace proctor::harness::run
