#include "harness/plan/run_plan.h"

#include <fmt/core.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "harness/files/json_text.h"
#include "harness/plan/code_runners.h"
#include "harness/plan/fingerprint.h"
#include "harness/process/console.h"
#include "harness/process/version.h"
#include "harness/rating/contest_rating.h"

namespace proctor::harness::plan {
namespace {

using nlohmann::json;

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
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
  grading::TaskRun run;
  std::string selection;
};

// A run without standings is worth having, but not in silence.
Result<void> attach_contests(const std::filesystem::path& data, TaskPlan& plan) {
  Result<rating::PlannedContests> contests = rating::plan_contests(data, plan.questions);
  if (!contests) return contests.error();
  if (!contests->missing.empty()) {
    say(fmt::format("proctor: warning: {}: {}\n", plan.task,
                    rating::missing_contests_warning(*contests)));
  }
  plan.attachments = std::move(contests->attachments);
  return {};
}

Result<PlannedTask> plan_task(const RunRequest& request, const TaskRequest& asked,
                              const grading::GradingTools& tools,
                              const backends::Backend& backend) {
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
      protocol->grader, grading::grader_options(*protocol, request.think_prefilled, tools));
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
  return PlannedTask{
      std::move(plan),
      grading::TaskRun{std::move(*protocol), std::move(*grader), request.think_prefilled},
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

std::string config_json(const PlannedRun& run, const RunRequest& request,
                        const grading::GradingTools& tools, const backends::Backend& backend) {
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
  return compact_json(config);
}

}  // namespace

Result<PlannedRun> plan_run(const RunRequest& request, const grading::GradingTools& tools,
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

}  // namespace proctor::harness::plan
