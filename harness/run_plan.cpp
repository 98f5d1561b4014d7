#include "harness/run_plan.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/core/sha256.h"
#include "harness/version.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

tasks::Protocol with_overrides(tasks::Protocol protocol, const TaskRequest& task,
                               const SamplingOverrides& overrides) {
  const tasks::Protocol original = protocol;
  if (task.samples) protocol.repeats = *task.samples;
  Sampling& sampling = protocol.sampling;
  if (overrides.temperature) sampling.temperature = *overrides.temperature;
  if (overrides.top_p) sampling.top_p = *overrides.top_p;
  if (overrides.top_k) sampling.top_k = *overrides.top_k;
  if (overrides.max_tokens) sampling.max_tokens = *overrides.max_tokens;
  // "id" of the grader plays no part in whether the recipe was changed.
  if (tasks::protocol_json(protocol, "") != tasks::protocol_json(original, "")) {
    protocol.name += " (modified)";
  }
  return protocol;
}

Result<std::pair<TaskPlan, TaskRun>> plan_task(const RunRequest& request, const TaskRequest& asked,
                                               const std::filesystem::path& data) {
  const Result<const tasks::Task*> task = tasks::task_named(asked.task);
  if (!task) return task.error();
  const Result<tasks::Protocol> frozen = tasks::protocol_for(request.protocol, asked.task);
  if (!frozen) return frozen.error();
  tasks::Protocol protocol = with_overrides(*frozen, asked, request.sampling);
  Result<std::unique_ptr<graders::Grader>> grader =
      graders::make_grader(protocol.grader, {.think_prefilled = request.think_prefilled});
  if (!grader) return grader.error();
  Result<tasks::Dataset> dataset = tasks::load_dataset(data, **task);
  if (!dataset) return dataset.error();

  const std::string grader_id((*grader)->id());
  TaskPlan plan{.task = asked.task,
                .dataset_hash = dataset->hash,
                .protocol = protocol.name,
                .protocol_hash = tasks::protocol_hash(protocol, grader_id),
                .protocol_json = tasks::protocol_json(protocol, grader_id),
                .grader = grader_id,
                .repeats = protocol.repeats,
                .questions = std::move(dataset->questions)};
  if (asked.limit && static_cast<std::size_t>(*asked.limit) < plan.questions.size()) {
    plan.questions.resize(static_cast<std::size_t>(*asked.limit));
  }
  return std::pair(std::move(plan), TaskRun{std::move(protocol), std::move(*grader)});
}

// Everything that makes two runs alike or unlike. Not in it: the seed, and how requests are sent.
std::string fingerprint(const RunPlan& plan, const RunRequest& request,
                        const backends::Backend& backend) {
  json tasks = json::array();
  for (const TaskPlan& task : plan.tasks) {
    tasks.push_back({{"task", task.task},
                     {"dataset", task.dataset_hash},
                     {"questions", task.questions.size()},
                     {"protocol", task.protocol_hash}});
  }
  const json parts = {{"fingerprint_format", 1},
                      {"server", backend.identity()},
                      {"endpoint", request.backend.base_url},
                      {"think_prefilled", request.think_prefilled},
                      {"tasks", std::move(tasks)}};
  return sha256_hex(parts.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string config_json(const RunRequest& request, const backends::Backend& backend) {
  const backends::BackendOptions& options = request.backend;
  const json config = {{"model", request.model},
                       {"server", backend.identity()},
                       {"protocol", request.protocol},
                       {"seed", request.seed},
                       {"think_prefilled", request.think_prefilled},
                       {"base_url", options.base_url},
                       {"concurrency", options.concurrency},
                       {"stream", options.stream},
                       {"max_attempts", options.max_attempts},
                       {"backoff_first_s", options.backoff_first_s},
                       {"backoff_max_s", options.backoff_max_s},
                       {"idle_timeout_s", options.idle_timeout_s},
                       {"connect_timeout_s", options.connect_timeout_s}};
  return config.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Result<PlannedRun> plan_run(const RunRequest& request, const std::filesystem::path& data,
                            const backends::Backend& backend) {
  PlannedRun run;
  std::set<std::string> seen;
  for (const TaskRequest& asked : request.tasks) {
    if (!seen.insert(asked.task).second) {
      return Error(ErrorCode::invalid_input, "task " + asked.task + " is named twice");
    }
    Result<std::pair<TaskPlan, TaskRun>> planned = plan_task(request, asked, data);
    if (!planned) return planned.error();
    run.plan.tasks.push_back(std::move(planned->first));
    run.task_runs.push_back(std::move(planned->second));
  }
  run.plan.model = request.model;
  run.plan.endpoint = request.backend.base_url;
  run.plan.seed = request.seed;
  run.plan.fingerprint = fingerprint(run.plan, request, backend);
  run.plan.config_json = config_json(request, backend);
  run.plan.version = kVersion;
  run.plan.host = host_name();
  return run;
}

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
  stored.think_prefilled = flag("think_prefilled");
  backends::BackendOptions& options = stored.backend;
  options.base_url = plan.endpoint;
  options.concurrency = static_cast<int>(number("concurrency", 1, 100'000));
  options.stream = flag("stream");
  options.max_attempts = static_cast<int>(number("max_attempts", 1, 1e6));
  options.backoff_first_s = number("backoff_first_s", 0, 3600);
  options.backoff_max_s = number("backoff_max_s", 0, 86'400);
  options.idle_timeout_s = number("idle_timeout_s", 0.001, 86'400);
  options.connect_timeout_s = number("connect_timeout_s", 0.001, 86'400);
  if (!missing.empty()) {
    return Error(ErrorCode::corrupt, "stored configuration: no sound \"" + missing + "\"");
  }
  return stored;
}

Result<std::vector<TaskRun>> stored_task_runs(const RunPlan& plan, bool think_prefilled) {
  std::vector<TaskRun> task_runs;
  for (const TaskPlan& task : plan.tasks) {
    Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    if (!protocol) return protocol.error().within("stored protocol of " + task.task);
    Result<std::unique_ptr<graders::Grader>> grader =
        graders::make_grader(protocol->grader, {.think_prefilled = think_prefilled});
    if (!grader) return grader.error();
    if ((*grader)->id() != task.grader) {
      return Error(ErrorCode::invalid_input,
                   fmt::format("{} was begun with grader {}; this proctor has {}. Continuing would "
                               "mix them: start the run anew with --fresh",
                               task.task, task.grader, (*grader)->id()));
    }
    task_runs.push_back({std::move(*protocol), std::move(*grader)});
  }
  return task_runs;
}

}  // namespace proctor::harness
