#include "harness/figures/summary.h"

#include "harness/canary/report.h"
#include "harness/figures/task_tally.h"

namespace proctor::harness::figures {

Result<reports::RunReport> summarize(reports::Store& store, reports::RunId run,
                                     const spending::Prices& prices) {
  const Result<reports::RunInfo> info = store.run_info(run);
  if (!info) return info.error();
  const Result<RunPlan> plan = store.plan(run);
  if (!plan) return plan.error();
  std::vector<TaskTally> tallies;
  for (const TaskPlan& task : plan->tasks) tallies.emplace_back(task, prices.of(*plan));
  const Result<void> visited = store.visit(run, [&](const reports::SampleResult& result) {
    tallies.at(static_cast<std::size_t>(result.task)).take(result);
  });
  if (!visited) return visited.error();
  reports::RunReport report{*info,
                            plan->model,
                            plan->endpoint,
                            plan->seed,
                            plan->fingerprint,
                            plan->version,
                            {},
                            canary::stored_canary_remarks(*plan)};
  for (TaskTally& tally : tallies) {
    Result<reports::TaskSummary> summary = tally.finish();
    if (!summary) return summary.error();
    report.tasks.push_back(std::move(*summary));
  }
  return report;
}

}  // namespace proctor::harness::figures
