// What a run will take before it is begun: requests, tokens, dollars, hours.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/canary/probes.h"
#include "harness/core/record.h"
#include "harness/grading/task_run.h"
#include "harness/spending/prices.h"
#include "reports/store.h"

namespace proctor::harness::run {

// How long the replies of a model to a task have been.
struct ReplyHistory {
  double tokens = 0;  // a reply, on average
  double seconds = 0;
};

// From the newest run of that model in the store that has replies to the task, by task. Only
// replies whose tokens were counted are looked at, and none that came from a cache. Errors: the
// store's.
Result<std::map<std::string, ReplyHistory>> reply_history(reports::Store& store,
                                                          const RunPlan& plan);

struct TaskForecast {
  std::string task;
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;  // by the rule of thumb of four bytes a token
  std::int64_t most_tokens = 0;    // new ones, if every reply were cut at its limit
  std::optional<double> tokens{};  // new ones, if replies are as long as they were
  std::optional<double> hours{};
  std::optional<double> usd{};
  std::optional<double> most_usd{};
};

// `left` says for each sample of the plan, in planning order, whether it is still to be asked; all
// are if it is empty. Without a `concurrency`, which a backend may find out itself, the time is not
// known.
std::vector<TaskForecast> forecast(const RunPlan& plan,
                                   const std::vector<grading::TaskRun>& task_runs,
                                   const std::vector<bool>& left,
                                   const std::map<std::string, ReplyHistory>& history,
                                   const std::optional<spending::Price>& price,
                                   std::optional<int> concurrency);

// As a table, and as JSON that ends with a line break and has the canary too, if there will be one.
std::string format_forecast(const std::vector<TaskForecast>& tasks);
std::string forecast_json(const std::vector<TaskForecast>& tasks,
                          const std::optional<canary::CanaryCost>& canary);

}  // namespace proctor::harness::run
