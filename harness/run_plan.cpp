#include "harness/run_plan.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/console.h"
#include "harness/contest_rating.h"
#include "harness/core/sha256.h"
#include "harness/grading_tools.h"
#include "harness/version.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string code_grader(std::string_view runner) {
  return runner == "lcb-compat" ? "code-lcb-compat" : "code";
}

// Whether there are two ways to run the recipe's programs; contests have their own.
bool has_code_runners(const tasks::Protocol& protocol) {
  return protocol.grader == code_grader("process") || protocol.grader == code_grader("lcb-compat");
}

// Which fences stood when the run was planned.
json layers_json(const sandbox::Sandbox& sandbox) {
  json layers = json::object();
  for (const sandbox::Layer& layer : sandbox.layers()) {
    layers[layer.name] = {{"active", layer.active}, {"detail", layer.detail}};
  }
  return layers;
}

Result<tasks::Protocol> with_overrides(const tasks::Protocol& frozen, const TaskRequest& task,
                                       const RunRequest& request) {
  tasks::Protocol protocol = frozen;
  if (!request.prompt.empty() && !tasks::prompts_of(task.task).empty()) {
    Result<tasks::Protocol> put = tasks::with_prompt(std::move(protocol), request.prompt);
    if (!put) return put;
    protocol = std::move(*put);
  }
  if (!request.option_order.empty() && !protocol.option_order.empty()) {
    Result<tasks::Protocol> ordered =
        tasks::with_option_order(std::move(protocol), request.option_order);
    if (!ordered) return ordered.error().within("--order");
    protocol = std::move(*ordered);
  }
  if (!request.selection.empty()) protocol.release.clear();
  if (has_code_runners(protocol)) protocol.grader = code_grader(request.code_runner);
  if (task.samples) protocol.repeats = *task.samples;
  Sampling& sampling = protocol.sampling;
  const SamplingOverrides& overrides = request.sampling;
  if (overrides.temperature) sampling.temperature = *overrides.temperature;
  if (overrides.top_p) sampling.top_p = *overrides.top_p;
  if (overrides.top_k) sampling.top_k = *overrides.top_k;
  if (overrides.max_tokens) sampling.max_tokens = *overrides.max_tokens;
  // "id" of the grader plays no part in whether the recipe was changed.
  if (tasks::protocol_json(protocol, "") != tasks::protocol_json(frozen, "")) {
    protocol.name += " (modified)";
  }
  return protocol;
}

struct PlannedTask {
  TaskPlan plan;
  TaskRun run;
  std::string selection;
};

// A run without standings is worth having, but not in silence.
Result<void> attach_contests(const std::filesystem::path& data, TaskPlan& plan) {
  Result<PlannedContests> contests = plan_contests(data, plan.questions);
  if (!contests) return contests.error();
  if (!contests->missing.empty()) {
    say(fmt::format("proctor: warning: {}: {}\n", plan.task, missing_contests_warning(*contests)));
  }
  plan.attachments = std::move(contests->attachments);
  return {};
}

Result<PlannedTask> plan_task(const RunRequest& request, const TaskRequest& asked,
                              const GradingTools& tools, const backends::Backend& backend) {
  const Result<const tasks::Task*> task = tasks::task_named(asked.task);
  if (!task) return task.error();
  const Result<tasks::Protocol> frozen = tasks::protocol_for(request.protocol, asked.task);
  if (!frozen) return frozen.error();
  Result<tasks::Protocol> protocol = with_overrides(*frozen, asked, request);
  if (!protocol) return protocol.error();
  if (protocol->raw && !backend.takes_raw_prompts()) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("prompt {} is text with a model's own special tokens; {} takes chat "
                             "messages only",
                             protocol->prompt_name, request.model));
  }
  Result<std::unique_ptr<graders::Grader>> grader = graders::make_grader(
      protocol->grader, grader_options(*protocol, request.think_prefilled, tools));
  if (!grader) return grader.error();
  Result<tasks::Dataset> dataset = tasks::load_dataset(tools.data, **task);
  if (!dataset) return dataset.error();
  if (tasks::can_select(**task)) {
    tasks::Selection selection = request.selection;
    if (selection.empty()) selection.release = protocol->release;
    const Result<void> selected = tasks::select_questions(**task, selection, *dataset);
    if (!selected) return selected.error();
  }
  const Result<void> gradeable = tasks::leave_out_ungradeable(*dataset);
  if (!gradeable) return gradeable.error();

  if (protocol->limit_includes_prompt && !backend.counts_prompts()) {
    say(
        fmt::format("proctor: {}: {} bounds prompt and reply together; {} cannot count prompts, so "
                    "that replies may be longer by their prompt\n",
                    asked.task, protocol->name, request.model));
  }

  const std::string grader_id((*grader)->id());
  TaskPlan plan{.task = asked.task,
                .dataset_hash = dataset->hash,
                .protocol = protocol->name,
                .protocol_hash = tasks::protocol_hash(*protocol, grader_id),
                .protocol_json = tasks::protocol_json(*protocol, grader_id),
                .grader = grader_id,
                .repeats = protocol->repeats,
                .questions = std::move(dataset->questions)};
  if (asked.limit && static_cast<std::size_t>(*asked.limit) < plan.questions.size()) {
    plan.questions.resize(static_cast<std::size_t>(*asked.limit));
  }
  if (protocol->grader == "code-contest") {
    const Result<void> attached = attach_contests(tools.data, plan);
    if (!attached) return attached.error();
  }
  return PlannedTask{std::move(plan),
                     TaskRun{std::move(*protocol), std::move(*grader), request.think_prefilled},
                     std::move(dataset->selection)};
}

// A flag that no task heeds would leave its user with another run than the one asked for.
Result<void> check_heeded(const RunRequest& request) {
  bool prompts = request.prompt.empty();
  bool selects = request.selection.empty();
  bool orders = request.option_order.empty();
  bool runs_programs = request.code_runner == RunRequest().code_runner;
  for (const TaskRequest& asked : request.tasks) {
    const Result<const tasks::Task*> task = tasks::task_named(asked.task);
    if (!task) return task.error();
    prompts = prompts || !tasks::prompts_of(asked.task).empty();
    selects = selects || tasks::can_select(**task);
    const Result<tasks::Protocol> protocol = tasks::protocol_for(request.protocol, asked.task);
    if (!protocol) return protocol.error();
    orders = orders || !protocol->option_order.empty();
    runs_programs = runs_programs || has_code_runners(*protocol);
  }
  if (!runs_programs) {
    return Error(ErrorCode::invalid_input, "--code-runner: no task of the run has programs");
  }
  if (!prompts) {
    return Error(ErrorCode::invalid_input, "--prompt: no task of the run has several prompts");
  }
  if (!orders) {
    return Error(ErrorCode::invalid_input, "--order: no task of the run has options");
  }
  if (!selects) {
    return Error(
        ErrorCode::invalid_input,
        "--release, --window, --exclude-known-bad: no task of the run has dated questions");
  }
  return {};
}

std::string config_json(const PlannedRun& run, const RunRequest& request, const GradingTools& tools,
                        const backends::Backend& backend) {
  const backends::BackendOptions& options = request.backend;
  json config = {{"model", request.model},
                 {"server", backend.identity()},
                 {"protocol", request.protocol},
                 {"seed", request.seed},
                 {"think_prefilled", request.think_prefilled},
                 {"base_url", options.base_url},
                 {"concurrency", options.concurrency},
                 {"adaptive", options.adaptive},
                 {"requests_per_minute", options.requests_per_minute},
                 {"tokens_per_minute", options.tokens_per_minute},
                 {"ca_file", options.ca_file},
                 {"http2", options.http2},
                 {"reasoning_effort", options.reasoning_effort},
                 {"thinking_tokens", options.thinking_tokens},
                 {"kv_cache", options.kv_cache},
                 {"weights", options.weights},
                 {"loop_stop", options.loop_stop},
                 {"stream", options.stream},
                 {"batch", options.batch},
                 {"batch_size", options.batch_size},
                 {"batch_poll_s", options.batch_poll_s},
                 {"max_attempts", options.max_attempts},
                 {"backoff_first_s", options.backoff_first_s},
                 {"backoff_max_s", options.backoff_max_s},
                 {"idle_timeout_s", options.idle_timeout_s},
                 {"connect_timeout_s", options.connect_timeout_s}};
  if (tools.code) config["sandbox"] = layers_json(*tools.code->sandbox);
  for (std::size_t i = 0; i < run.selections.size(); ++i) {
    if (run.selections[i].empty()) continue;
    config["selections"][run.plan.tasks[i].task] = run.selections[i];
  }
  return config.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string run_fingerprint(const RunPlan& plan, std::string_view server, bool think_prefilled,
                            const std::map<std::string, std::string>& server_facts) {
  json tasks = json::array();
  for (const TaskPlan& task : plan.tasks) {
    json entry = {{"task", task.task},
                  {"dataset", task.dataset_hash},
                  {"questions", task.questions.size()},
                  {"protocol", task.protocol_hash}};
    for (const Attachment& attachment : task.attachments) {
      entry["attachments"][attachment.name] = sha256_hex(attachment.body);
    }
    tasks.push_back(std::move(entry));
  }
  json parts = {{"fingerprint_format", 1},
                {"server", server},
                {"endpoint", plan.endpoint},
                {"think_prefilled", think_prefilled},
                {"tasks", std::move(tasks)}};
  if (!server_facts.empty()) parts["server_facts"] = server_facts;
  return sha256_hex(parts.dump(-1, ' ', false, json::error_handler_t::replace));
}

Result<PlannedRun> plan_run(const RunRequest& request, const GradingTools& tools,
                            const backends::Backend& backend) {
  if (const Result<void> heeded = check_heeded(request); !heeded) return heeded.error();
  PlannedRun run;
  std::set<std::string> seen;
  for (const TaskRequest& asked : request.tasks) {
    if (!seen.insert(asked.task).second) {
      return Error(ErrorCode::invalid_input, "task " + asked.task + " is named twice");
    }
    Result<PlannedTask> planned = plan_task(request, asked, tools, backend);
    if (!planned) return planned.error();
    run.plan.tasks.push_back(std::move(planned->plan));
    run.task_runs.push_back(std::move(planned->run));
    run.selections.push_back(std::move(planned->selection));
  }
  run.plan.model = request.model;
  run.plan.endpoint = request.backend.base_url;
  run.plan.seed = request.seed;
  run.plan.fingerprint = run_fingerprint(run.plan, backend.identity(), request.think_prefilled);
  run.plan.config_json = config_json(run, request, tools, backend);
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

Result<std::vector<TaskRun>> todays_task_runs(const RunPlan& plan, bool think_prefilled,
                                              const GradingTools& tools) {
  std::vector<TaskRun> task_runs;
  for (const TaskPlan& task : plan.tasks) {
    Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    if (!protocol) return protocol.error().within("stored protocol of " + task.task);
    Result<std::unique_ptr<graders::Grader>> grader =
        graders::make_grader(protocol->grader, grader_options(*protocol, think_prefilled, tools));
    if (!grader) return grader.error();
    task_runs.push_back({std::move(*protocol), std::move(*grader), think_prefilled});
  }
  return task_runs;
}

Result<std::vector<TaskRun>> stored_task_runs(const RunPlan& plan, bool think_prefilled,
                                              const GradingTools& tools) {
  Result<std::vector<TaskRun>> task_runs = todays_task_runs(plan, think_prefilled, tools);
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

Result<void> set_code_runner(RunPlan& plan, std::string_view runner) {
  for (TaskPlan& task : plan.tasks) {
    Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    if (!protocol) return protocol.error().within("stored protocol of " + task.task);
    if (!has_code_runners(*protocol)) continue;
    protocol->grader = code_grader(runner);
    task.protocol_json = tasks::protocol_json(*protocol, task.grader);
  }
  return {};
}

}  // namespace proctor::harness
