#include "harness/run/forecast.h"

#include <fmt/core.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "harness/files/json_text.h"
#include "reports/grid.h"
#include "tasks/task.h"

namespace proctor::harness::run {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kBytesPerToken = 4;
constexpr double kSecondsPerHour = 3600;

std::int64_t prompt_tokens(const Prompt& prompt) {
  std::size_t bytes = 0;
  for (const Message& message : prompt) bytes += message.content.size();
  return static_cast<std::int64_t>(bytes) / kBytesPerToken + 1;
}

// The sums over the run's samples of each task.
struct Sums {
  double tokens = 0;
  double milliseconds = 0;
  double replies = 0;
};

Result<void> add_history(reports::Store& store, reports::RunId run,
                         std::map<std::string, ReplyHistory>& history) {
  const Result<RunPlan> plan = store.plan(run);
  if (!plan) return plan.error();
  std::vector<Sums> sums(plan->tasks.size());
  const Result<void> visited = store.visit(run, [&](const reports::SampleResult& result) {
    if (!result.usage.completion || result.from_cache) return;
    Sums& sum = sums.at(static_cast<std::size_t>(result.task));
    sum.tokens += static_cast<double>(*result.usage.completion);
    sum.milliseconds += static_cast<double>(result.total_ms);
    sum.replies += 1;
  });
  if (!visited) return visited;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].replies == 0) continue;
    history.emplace(plan->tasks[i].task,
                    ReplyHistory{sums[i].tokens / sums[i].replies,
                                 sums[i].milliseconds / 1000 / sums[i].replies});
  }
  return {};
}

TaskForecast forecast_task(const TaskPlan& plan, const tasks::Protocol& protocol,
                           const std::function<bool(std::int64_t)>& is_left) {
  TaskForecast forecast{.task = plan.task};
  std::int64_t sample = 0;
  for (const Question& question : plan.questions) {
    const std::int64_t prompt =
        prompt_tokens(tasks::render_prompt(protocol, tasks::as_asked(protocol, question, 0)));
    for (int repeat = 0; repeat < plan.repeats; ++repeat) {
      if (!is_left(sample++)) continue;
      ++forecast.requests;
      forecast.prompt_tokens += prompt;
    }
  }
  forecast.most_tokens = forecast.requests * protocol.sampling.max_tokens;
  return forecast;
}

double cost(const spending::Price& price, std::int64_t prompt, double completion) {
  TokenUsage usage;
  usage.prompt = prompt;
  usage.completion = static_cast<std::int64_t>(completion);
  return spending::cost_of(price, usage);
}

std::string cell(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : std::string("-");
}

}  // namespace

Result<std::map<std::string, ReplyHistory>> reply_history(reports::Store& store,
                                                          const RunPlan& plan) {
  std::map<std::string, ReplyHistory> history;
  const Result<std::vector<reports::RunInfo>> runs = store.runs();
  if (!runs) return runs.error();
  for (auto run = runs->rbegin(); run != runs->rend() && history.size() < plan.tasks.size();
       ++run) {
    if (run->model != plan.model) continue;
    const Result<void> added = add_history(store, run->id, history);
    if (!added) return added.error();
  }
  return history;
}

std::vector<TaskForecast> forecast(const RunPlan& plan,
                                   const std::vector<grading::TaskRun>& task_runs,
                                   const std::vector<bool>& left,
                                   const std::map<std::string, ReplyHistory>& history,
                                   const std::optional<spending::Price>& price,
                                   std::optional<int> concurrency) {
  std::vector<TaskForecast> forecasts;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    const TaskPlan& task = plan.tasks[i];
    TaskForecast one = forecast_task(task, task_runs[i].protocol, [&](std::int64_t sample) {
      return left.empty() || left[static_cast<std::size_t>(first + sample)];
    });
    first += static_cast<std::int64_t>(task.questions.size()) * task.repeats;
    const auto requests = static_cast<double>(one.requests);
    if (const auto found = history.find(task.task); found != history.end()) {
      one.tokens = requests * found->second.tokens;
      // Replies to batches came without a time of their own.
      if (concurrency && found->second.seconds > 0) {
        one.hours = requests * found->second.seconds / *concurrency / kSecondsPerHour;
      }
      if (price) one.usd = cost(*price, one.prompt_tokens, *one.tokens);
    }
    if (price) {
      one.most_usd = cost(*price, one.prompt_tokens, static_cast<double>(one.most_tokens));
    }
    forecasts.push_back(std::move(one));
  }
  return forecasts;
}

std::string format_forecast(const std::vector<TaskForecast>& tasks) {
  reports::Grid grid = {{"task", "requests", "prompt tokens (about)", "new tokens, as before",
                         "at most", "$, as before", "at most", "hours, as before"}};
  for (const TaskForecast& task : tasks) {
    grid.push_back({task.task, std::to_string(task.requests), std::to_string(task.prompt_tokens),
                    cell(task.tokens, 0), std::to_string(task.most_tokens), cell(task.usd, 2),
                    cell(task.most_usd, 2), cell(task.hours, 2)});
  }
  return reports::draw_table(grid) +
         "as before: with replies as long as this model's newest ones in the store; - where there "
         "are none, or the model has no price\n";
}

std::string forecast_json(const std::vector<TaskForecast>& tasks,
                          const std::optional<canary::CanaryCost>& canary) {
  const auto number = [](const std::optional<double>& value) {
    return value ? ordered_json(*value) : ordered_json();
  };
  ordered_json list = ordered_json::array();
  for (const TaskForecast& task : tasks) {
    list.push_back({{"task", task.task},
                    {"requests", task.requests},
                    {"prompt_tokens", task.prompt_tokens},
                    {"new_tokens", number(task.tokens)},
                    {"most_new_tokens", task.most_tokens},
                    {"usd", number(task.usd)},
                    {"most_usd", number(task.most_usd)},
                    {"hours", number(task.hours)}});
  }
  ordered_json object = {{"canary", nullptr}, {"tasks", std::move(list)}};
  if (canary) {
    object["canary"] = {{"requests", canary->requests},
                        {"prompt_bytes", canary->prompt_bytes},
                        {"most_new_tokens", canary->max_tokens}};
  }
  return indented_json(object);
}

}  // namespace proctor::harness::run
