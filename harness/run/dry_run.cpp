#include "harness/run/dry_run.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/plan/server_facts.h"
#include "harness/process/console.h"
#include "harness/run/forecast.h"

namespace proctor::harness::run {
namespace {

// Which samples of the plan are still to be asked: all, unless it was begun. `store` is null if
// there is no file yet.
Result<std::vector<bool>> samples_left(reports::Store* store, const RunPlan& plan, bool fresh) {
  std::vector<bool> left;
  if (store == nullptr || fresh) return left;
  const Result<plan::RunToContinue> begun = plan::run_to_continue(*store, plan);
  if (!begun) return begun.error();
  if (!begun->run) return left;
  const Result<void> visited = store->visit(
      *begun->run, [&](const reports::SampleResult& result) { left.push_back(!result.finish); });
  if (!visited) return visited.error();
  return left;
}

// The canary's part of a forecast, which no samples are asked for; none if none is.
Result<std::optional<canary::CanaryCost>> canary_before(const std::vector<bool>& left,
                                                        const canary::Endpoint& endpoint,
                                                        const RunFlags& flags,
                                                        const RunPlan& plan) {
  const bool asks = left.empty() || std::find(left.begin(), left.end(), true) != left.end();
  if (flags.no_canary || !asks) return std::optional<canary::CanaryCost>();
  return canary::canary_forecast(endpoint, plan);
}

}  // namespace

Result<ExitCode> print_forecast(const Globals& globals, const RunFlags& flags,
                                const canary::Endpoint& endpoint, const plan::PlannedRun& planned,
                                const spending::Prices& prices) {
  std::optional<reports::Store> store;
  std::error_code unknown;
  if (std::filesystem::exists(globals.db, unknown)) {
    Result<reports::Store> opened = reports::Store::open_for_reading(globals.db);
    if (!opened) return opened.error();
    store = std::move(*opened);
  }
  std::map<std::string, ReplyHistory> history;
  if (store) {
    Result<std::map<std::string, ReplyHistory>> known = reply_history(*store, planned.plan);
    if (!known) return known.error();
    history = std::move(*known);
  }
  const Result<std::vector<bool>> left =
      samples_left(store ? &*store : nullptr, planned.plan, flags.fresh);
  if (!left) return left.error();
  const Result<std::optional<canary::CanaryCost>> canary =
      canary_before(*left, endpoint, flags, planned.plan);
  if (!canary) return canary.error();
  const backends::BackendOptions& sending = flags.request.backend;
  const bool known_pace = !sending.adaptive && !sending.batch;
  const std::vector<TaskForecast> tasks =
      forecast(planned.plan, planned.task_runs, *left, history, prices.of(planned.plan),
               known_pace ? std::optional<int>(sending.concurrency) : std::optional<int>());
  if (*canary) say("proctor: " + canary::describe(**canary) + "\n");
  print_result(globals.json ? forecast_json(tasks, *canary) : format_forecast(tasks));
  return kDone;
}

}  // namespace proctor::harness::run
