#include "harness/run/execution.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/canary/report.h"
#include "harness/figures/summary.h"
#include "harness/process/console.h"
#include "harness/run/pipeline.h"
#include "harness/run/progress_view.h"
#include "harness/spending/spent.h"
#include "reports/batches.h"

namespace proctor::harness::run {
namespace {

// The task with the least of its grid decided: a whole one must not hide a missing one.
const reports::TaskSummary& least_covered(const reports::RunReport& report) {
  return *std::min_element(
      report.tasks.begin(), report.tasks.end(),
      [](const auto& one, const auto& other) { return one.coverage < other.coverage; });
}

Result<ExitCode> conclude(const Execution& execution, const spending::Spending* budget,
                          bool out_of_budget) {
  Result<reports::RunReport> report =
      figures::summarize(execution.store, execution.run, execution.prices);
  if (!report) return report.error();
  const reports::TaskSummary& least = least_covered(*report);
  // A rounding error must not tip a gate that is met exactly.
  const bool enough = 100 * least.coverage >= execution.flags.min_coverage - 1e-9;
  const Result<void> marked =
      execution.store.set_status(execution.run, enough          ? reports::RunStatus::complete
                                                : out_of_budget ? reports::RunStatus::open
                                                                : reports::RunStatus::incomplete);
  if (!marked) return marked.error();
  const Result<reports::RunInfo> info = execution.store.run_info(execution.run);
  if (!info) return info.error();
  report->info = *info;
  print_result(reports::format_report(*report, execution.globals.json
                                                   ? reports::ReportFormat::json
                                                   : reports::ReportFormat::table));
  if (!execution.flags.quiet) {
    say(spending::describe_spending(*report, budget, canary::is_remote(report->model)));
  }
  if (enough) return kDone;
  say(
      fmt::format("proctor: {}: coverage {:.2f} % is below {} %: incomplete; `proctor resume {}` "
                  "tries the rest again\n",
                  least.task, 100 * least.coverage, execution.flags.min_coverage, execution.run));
  return kIncomplete;
}

// What the canary took that the run was begun after. It was answered at once, even if the run goes
// by batches.
void charge_earlier_canary(const RunPlan& stored, spending::Spending& budget) {
  budget.charge(
      spending::cost_of(budget.price(/*by_batch=*/false), canary::stored_canary_usage(stored)));
}

}  // namespace

Result<std::optional<spending::Spending>> allowed_spending(const RunFlags& flags,
                                                           const spending::Prices& prices,
                                                           const std::string& model) {
  if (!flags.budget_usd) return std::optional<spending::Spending>();
  const std::optional<spending::ModelPrice> price = prices.both_of(model);
  if (price)
    return std::optional<spending::Spending>(spending::Spending(*price, *flags.budget_usd));
  return Error(ErrorCode::invalid_input,
               "--budget-usd: " + model + " has no price; name it in a file for --prices");
}

Result<std::optional<spending::Spending>> left_for_canary(
    const std::optional<spending::Spending>& budget, const std::filesystem::path& db,
    reports::Store& store, std::optional<reports::RunId> run,
    const std::vector<grading::TaskRun>& task_runs) {
  std::optional<spending::Spending> left = budget;
  if (!left || !run) return left;
  const Result<RunPlan> stored = store.plan(*run);
  if (!stored) return stored.error();
  const Result<reports::BatchTable> batches = reports::BatchTable::open(db, *run);
  if (!batches) return batches.error();
  const Result<bool> had_batches = batches->any();
  if (!had_batches) return had_batches.error();
  charge_earlier_canary(*stored, *left);
  const Result<void> charged =
      charge_stored_replies(store, *run, *stored, task_runs, *had_batches, *left);
  if (!charged) return charged.error();
  return left;
}

Result<ExitCode> execute(const Execution& execution, const RunPlan& plan,
                         const std::vector<grading::TaskRun>& task_runs,
                         std::optional<spending::Spending> budget) {
  Result<void> done =
      execution.batches.attach(execution.globals.db, execution.run, execution.by_batch);
  if (!done) return done.error();
  const Result<bool> had_batches = execution.batches.any();
  if (!had_batches) return had_batches.error();
  if (budget && execution.continued) {
    const Result<RunPlan> stored = execution.store.plan(execution.run);
    if (!stored) return stored.error();
    charge_earlier_canary(*stored, *budget);
  }
  if (budget && execution.by_batch) budget->send_by_batch();
  RunProgress progress(plan);
  {
    const ProgressView view(progress,
                            execution.flags.quiet ? LiveStyle::none : live_style_for_stderr());
    done = run_pipeline({execution.store, execution.run, plan, task_runs, execution.backend,
                         budget ? &*budget : nullptr, *had_batches},
                        progress, execution.interrupts.token());
  }
  if (progress.out_of_budget) {
    say(
        fmt::format("proctor: {:.4f} of {:.4f} dollars are spent, which leaves no room for another "
                    "request at its dearest; `proctor resume {} --budget-usd` goes on with more\n",
                    budget->spent(), budget->budget(), execution.run));
  }
  if (done && !progress.out_of_budget) done = execution.batches.close_all();
  if (done) return conclude(execution, budget ? &*budget : nullptr, progress.out_of_budget);
  return Error(done.error().code(),
               fmt::format("run {}: {}; what was answered is stored, and `proctor resume {}` "
                           "continues",
                           execution.run, done.error().message(), execution.run));
}

}  // namespace proctor::harness::run
