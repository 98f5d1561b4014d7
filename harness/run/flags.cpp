#include "harness/run/flags.h"

#include <utility>

#include "harness/plan/suite.h"
#include "harness/process/environment.h"

namespace proctor::harness::run {
namespace {

// What of the built-in engine changes its replies.
void add_engine_flags(CLI::App& verb, backends::BackendOptions& options) {
  const std::string group = "How the built-in engine writes (part of who answers)";
  verb.add_option("--kv-cache", options.kv_cache,
                  "full, or fp8: keys and values in 8 bits, half of bf16's memory")
      ->check(CLI::IsMember({"full", "fp8"}))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--weights", options.weights,
                  "full, or fp8: the layers' matrices rounded to 8 bits")
      ->check(CLI::IsMember({"full", "fp8"}))
      ->capture_default_str()
      ->group(group);
  verb.add_flag("--loop-stop", options.loop_stop,
                "end replies whose last 4096 tokens repeat themselves; they finish as repetition")
      ->group(group);
}

}  // namespace

void add_server_flags(CLI::App& verb, RunFlags& flags, const std::string& what) {
  verb.add_option("--base-url", flags.request.backend.base_url, what)->join(' ');
}

void add_thinking_flags(CLI::App& verb, RunFlags& flags) {
  backends::BackendOptions& options = flags.request.backend;
  const std::string group = "How much a remote model thinks (part of who answers)";
  verb.add_option("--reasoning-effort", options.reasoning_effort,
                  "a word that the service knows: low, medium, high")
      ->group(group);
  verb.add_option("--thinking-tokens", options.thinking_tokens,
                  "at most so many, for the models of Anthropic that take a number")
      ->check(CLI::Range(1, 10'000'000))
      ->group(group);
  add_engine_flags(verb, options);
}

void add_outcome_flags(CLI::App& verb, RunFlags& flags) {
  verb.add_option("--min-coverage", flags.min_coverage,
                  "percent of samples with a decided score; below it the exit code is 3")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  verb.add_flag("--quiet", flags.quiet, "no progress on stderr");
}

void add_sandbox_flags(CLI::App& verb, grading::CodeJudgeOptions& options) {
  const std::string group = "Running programs";
  verb.add_option_function<std::string>(
          "--require-sandbox",
          [&options](const std::string& level) { options.require_full = level == "full"; },
          "full: do nothing unless every layer of the sandbox stands")
      ->check(CLI::IsMember({"full"}))
      ->group(group);
  verb.add_flag_callback(
          "--no-zygote", [&options] { options.warm_python = false; },
          "start a new Python interpreter for every test")
      ->group(group);
  verb.add_option("--cache", options.cache,
                  "where compiled programs are kept (default: proctor in the XDG cache home)")
      ->group(group);
}

void add_spending_flags(CLI::App& verb, RunFlags& flags) {
  const std::string group = "Spending";
  verb.add_option("--prices", flags.prices,
                  "file of models' prices (default: proctor/prices.json in the XDG config home)")
      ->group(group);
  verb.add_option("--budget-usd", flags.budget_usd,
                  "send no request that could take the run over so many dollars")
      ->check(CLI::Range(0.0, 1e9))
      ->group(group);
  verb.add_option("--response-cache", flags.response_cache,
                  "file of replies to take instead of paying for the same request again, and to "
                  "add new ones to")
      ->group(group);
  verb.add_flag("--no-canary", flags.no_canary,
                "begin without the few small requests that show whether a remote model answers as "
                "the protocol assumes (`proctor doctor --model` sends them alone)")
      ->group(group);
}

void add_sampling_flags(CLI::App& verb, RunFlags& flags) {
  plan::SamplingOverrides& sampling = flags.request.sampling;
  const std::string group = "Changing the protocol (the run is then marked as modified)";
  verb.add_option("--samples", flags.samples, "samples per question")
      ->check(CLI::Range(1, 1'000'000))
      ->group(group);
  verb.add_option("--temperature", sampling.temperature)
      ->check(CLI::Range(0.0, 10.0))
      ->group(group);
  verb.add_option("--top-p", sampling.top_p)->check(CLI::Range(0.0, 1.0))->group(group);
  verb.add_option("--top-k", sampling.top_k)->check(CLI::Range(1, 1'000'000))->group(group);
  verb.add_option("--max-tokens", sampling.max_tokens, "new tokens, the prompt excluded")
      ->check(CLI::Range(1, 10'000'000))
      ->group(group);
  verb.add_option("--code-runner", flags.request.code_runner,
                  "process: each test of a program in a process of its own; lcb-compat: "
                  "LiveCodeBench's own runner, its faults included")
      ->check(CLI::IsMember({"process", "lcb-compat"}))
      ->capture_default_str()
      ->group(group);
}

void add_question_flags(CLI::App& verb, plan::RunRequest& request) {
  const std::string group = "Which questions of livecodebench, and how they are put";
  verb.add_option("--release", request.selection.release, "release_v5, v4_v5; all if not given")
      ->group(group);
  verb.add_option("--window", request.selection.window,
                  "by the contest's date, both ends included: 2024-08..2025-01, or days")
      ->group(group);
  verb.add_flag("--exclude-known-bad", request.selection.exclude_known_bad,
                "leave out those whose tests are known to be wrong; published numbers do not")
      ->group(group);
  verb.add_option("--prompt", request.prompt,
                  "another than the protocol's: lcb-plain, lcb-generic, lcb-r1-official")
      ->group(group);
  std::string orders;
  for (const std::string_view order : tasks::option_orders()) {
    orders += (orders.empty() ? "" : ", ") + std::string(order);
  }
  verb.add_option(
          "--order", request.option_order,
          "in which the options of multiple choices are shown, instead of the protocol's: " +
              orders)
      ->group(group);
}

Result<void> resolve_tasks(RunFlags& flags, bool protocol_given) {
  for (const std::string& task : flags.tasks) flags.request.tasks.push_back({.task = task});
  if (!flags.suite.empty()) {
    Result<plan::Suite> suite = plan::load_suite(flags.suite);
    if (!suite) return suite.error();
    for (plan::TaskRequest& task : suite->tasks) flags.request.tasks.push_back(std::move(task));
    if (flags.request.selection.empty()) flags.request.selection = suite->selection;
    if (suite->protocol && !protocol_given) flags.request.protocol = *suite->protocol;
  }
  if (flags.request.tasks.empty()) {
    return Error(ErrorCode::invalid_input, "name a task (`proctor data list`) or a --suite");
  }
  for (plan::TaskRequest& task : flags.request.tasks) {
    if (flags.samples) task.samples = flags.samples;
    if (flags.limit) task.limit = flags.limit;
  }
  return {};
}

std::string api_key(std::string_view model) {
  const std::string variable(backends::key_variable(model));
  return variable.empty() ? "" : environment(variable.c_str()).value_or("");
}

}  // namespace proctor::harness::run
