#include "harness/plan/stored_plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace proctor::harness::plan {

using nlohmann::json;

Result<StoredRequest> stored_request(const RunPlan& plan) {
  const json config = json::parse(plan.config_json, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) return Error(ErrorCode::corrupt, "stored configuration is damaged");
  std::string missing;
  // Ranges as on the command line: what is stored may be damaged like anything else.
  const auto number = [&](const char* key, double low, double high) {
    const auto found = config.find(key);
    const double value = found != config.end() && found->is_number() ? found->get<double>() : -1;
    if (!(value >= low && value <= high)) missing = key;
    return std::clamp(value, low, high);
  };
  const auto flag = [&](const char* key) {
    const auto found = config.find(key);
    if (found == config.end() || !found->is_boolean()) missing = key;
    return found != config.end() && found->is_boolean() && found->get<bool>();
  };
  StoredRequest stored;
  const auto server = config.find("server");
  if (server != config.end() && server->is_string()) {
    stored.server = server->get<std::string>();
  } else {
    missing = "server";
  }
  const auto text = [&](const char* key) {
    const auto found = config.find(key);
    if (found == config.end() || !found->is_string()) missing = key;
    return found != config.end() && found->is_string() ? found->get<std::string>() : "";
  };
  stored.think_prefilled = flag("think_prefilled");
  backends::BackendOptions& options = stored.backend;
  options.base_url = plan.endpoint;
  options.concurrency = static_cast<int>(number("concurrency", 1, 100'000));
  options.stream = flag("stream");
  options.max_attempts = static_cast<int>(number("max_attempts", 0, 1e6));
  options.backoff_first_s = number("backoff_first_s", 0, 3600);
  options.backoff_max_s = number("backoff_max_s", 0, 86'400);
  options.idle_timeout_s = number("idle_timeout_s", 0.001, 86'400);
  options.connect_timeout_s = number("connect_timeout_s", 0.001, 86'400);
  if (config.contains("adaptive")) {  // older runs lack it and what came with it
    options.adaptive = flag("adaptive");
    options.requests_per_minute = number("requests_per_minute", 0, 1e9);
    options.tokens_per_minute = number("tokens_per_minute", 0, 1e12);
    options.ca_file = text("ca_file");
    options.http2 = flag("http2");
    options.reasoning_effort = text("reasoning_effort");
    options.thinking_tokens = static_cast<int>(number("thinking_tokens", 0, 1e7));
  }
  if (config.contains("kv_cache")) {  // likewise
    options.kv_cache = text("kv_cache");
    options.weights = text("weights");
    options.loop_stop = flag("loop_stop");
  }
  if (config.contains("batch")) {  // likewise
    options.batch = flag("batch");
    options.batch_size = static_cast<int>(number("batch_size", 0, 1e6));
    options.batch_poll_s = number("batch_poll_s", 0.001, 86'400);
  }
  if (!missing.empty()) {
    return Error(ErrorCode::corrupt, "stored configuration: no sound \"" + missing + "\"");
  }
  return stored;
}

Result<std::vector<grading::TaskRun>> todays_task_runs(const RunPlan& plan, bool think_prefilled,
                                                       const grading::GradingTools& tools) {
  std::vector<grading::TaskRun> task_runs;
  for (const TaskPlan& task : plan.tasks) {
    Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    if (!protocol) return protocol.error().within("stored protocol of " + task.task);
    Result<std::unique_ptr<graders::Grader>> grader = graders::make_grader(
        protocol->grader, grading::grader_options(*protocol, think_prefilled, tools));
    if (!grader) return grader.error();
    task_runs.push_back({std::move(*protocol), std::move(*grader), think_prefilled});
  }
  return task_runs;
}

Result<std::vector<grading::TaskRun>> stored_task_runs(const RunPlan& plan, bool think_prefilled,
                                                       const grading::GradingTools& tools) {
  Result<std::vector<grading::TaskRun>> task_runs = todays_task_runs(plan, think_prefilled, tools);
  if (!task_runs) return task_runs;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    const TaskPlan& task = plan.tasks[i];
    const std::string_view todays = (*task_runs)[i].grader->id();
    if (todays == task.grader) continue;
    return Error(ErrorCode::invalid_input,
                 fmt::format("{} was begun with grader {}; this proctor has {}. Continuing would "
                             "mix them: grade what there is by `proctor regrade --apply`, or start "
                             "the run anew with --fresh",
                             task.task, task.grader, todays));
  }
  return task_runs;
}

}  // namespace proctor::harness::plan
