#include "harness/canary/before_run.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/canary/canary.h"
#include "harness/canary/report.h"
#include "harness/plan/server_facts.h"
#include "harness/process/console.h"

namespace proctor::harness::canary {
namespace {

CanarySubject subject_of(const Endpoint& endpoint, const RunPlan& plan) {
  CanarySubject subject{.model = plan.model,
                        .backend = endpoint.backend,
                        .think_prefilled = endpoint.think_prefilled};
  for (const grading::TaskRun& task : endpoint.task_runs)
    subject.protocols.push_back(task.protocol);
  return subject;
}

// The report, if the run may begin; its remarks are said.
Result<CanaryReport> examine(const Endpoint& endpoint, spending::Spending* spending,
                             std::stop_token stop, const RunPlan& plan) {
  Result<CanaryReport> report = run_canary(subject_of(endpoint, plan), spending, std::move(stop));
  if (!report) return report;
  if (report->outcome() == Outcome::refused) {
    return Error(ErrorCode::refused, fmt::format("canary: {}\n(--no-canary begins all the same)",
                                                 canary_lines(*report, Outcome::refused)));
  }
  const std::string remarks = canary_lines(*report, Outcome::remarked);
  for (std::size_t begin = 0; begin < remarks.size();) {
    const std::size_t end = std::min(remarks.find('\n', begin), remarks.size());
    say("proctor: warning: canary: " + remarks.substr(begin, end - begin) + "\n");
    begin = end + 1;
  }
  return report;
}

}  // namespace

Result<void> examine_before_run(const Endpoint& endpoint, spending::Spending* spending,
                                std::stop_token stop, RunPlan& plan) {
  if (!is_remote(plan.model)) return {};
  const Result<CanaryReport> report = examine(endpoint, spending, std::move(stop), plan);
  if (!report) return report.error();
  record_canary(*report, plan);
  return {};
}

Result<void> examine_before_resume(const Endpoint& endpoint, spending::Spending* spending,
                                   std::stop_token stop, const RunPlan& plan, reports::Store& store,
                                   reports::RunId run) {
  if (!is_remote(plan.model)) return {};
  const Result<bool> asks = asks_anything(store, run);
  if (!asks) return asks.error();
  if (!*asks) return {};
  const Result<CanaryReport> report = examine(endpoint, spending, std::move(stop), plan);
  if (!report) return report.error();
  const backends::ServerFacts before = plan::stored_server_facts(plan);
  std::string changed;
  for (const std::string& change : plan::changed_facts(before.lasting, report->server.lasting)) {
    changed += (changed.empty() ? "" : ", ") + change;
  }
  if (!changed.empty()) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("run {} was begun by a server that said other things of itself ({}). "
                             "Continuing would mix them: start anew with `proctor run`, or "
                             "continue all the same with --no-canary",
                             run, changed));
  }
  for (const std::string& change : plan::changed_facts(before.passing, report->server.passing)) {
    say(fmt::format("proctor: warning: canary: since run {} was begun: {}\n", run, change));
  }
  return {};
}

Result<std::optional<CanaryCost>> canary_forecast(const Endpoint& endpoint, const RunPlan& plan) {
  if (!is_remote(plan.model)) return std::optional<CanaryCost>();
  const Result<CanaryCost> cost = canary_cost(subject_of(endpoint, plan));
  if (!cost) return cost.error();
  return std::optional<CanaryCost>(*cost);
}

Result<bool> asks_anything(reports::Store& store, reports::RunId run) {
  const Result<std::vector<PlannedSample>> samples = store.samples(run);
  if (!samples) return samples.error();
  return std::any_of(samples->begin(), samples->end(), [](const PlannedSample& sample) {
    return sample.state == SampleState::planned || sample.state == SampleState::in_flight ||
           sample.state == SampleState::failed;
  });
}

}  // namespace proctor::harness::canary
