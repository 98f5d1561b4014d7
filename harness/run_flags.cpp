#include "harness/run_flags.h"

#include <memory>
#include <utility>

#include "harness/environment.h"
#include "harness/suite.h"

namespace proctor::harness {

void add_sending_flags(CLI::App& verb, RunFlags& flags) {
  backends::BackendOptions& options = flags.request.backend;
  const std::string group = "Sending requests";
  verb.add_option("--concurrency", options.concurrency, "requests in flight")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--device", options.device, "of the built-in engine: auto, cpu, cuda, cuda:N")
      ->capture_default_str()
      ->group(group);
  verb.add_option("--threads", options.threads, "of the CPU device; 0: all")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str()
      ->group(group);
  verb.add_option(
          "--cache-gib", options.cache_gib,
          "of memory for the built-in engine's KV cache; 0: what is of use, up to a quarter")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str()
      ->group(group);
  verb.add_flag("--no-stream", flags.no_stream, "ask for whole replies instead of streams")
      ->group(group);
  verb.add_option("--max-attempts", options.max_attempts, "tries of a request before it has failed")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--backoff", options.backoff_first_s,
                  "seconds before the first repeat, doubled each time")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--backoff-max", options.backoff_max_s, "most seconds between repeats")
      ->check(CLI::Range(0.001, 86'400.0))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--idle-timeout", options.idle_timeout_s,
                  "seconds without a byte after which an attempt is given up")
      ->check(CLI::Range(0.05, 86'400.0))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--connect-timeout", options.connect_timeout_s, "seconds to connect")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str()
      ->group(group);
}

void add_outcome_flags(CLI::App& verb, RunFlags& flags) {
  verb.add_option("--min-coverage", flags.min_coverage,
                  "percent of samples with a decided score; below it the exit code is 3")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  verb.add_flag("--quiet", flags.quiet, "no progress on stderr");
}

void add_sandbox_flags(CLI::App& verb, CodeJudgeOptions& options) {
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

void add_sampling_flags(CLI::App& verb, RunFlags& flags) {
  SamplingOverrides& sampling = flags.request.sampling;
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

void add_question_flags(CLI::App& verb, RunRequest& request) {
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
}

Result<void> resolve_tasks(RunFlags& flags, bool protocol_given) {
  for (const std::string& task : flags.tasks) flags.request.tasks.push_back({.task = task});
  if (!flags.suite.empty()) {
    Result<Suite> suite = load_suite(flags.suite);
    if (!suite) return suite.error();
    for (TaskRequest& task : suite->tasks) flags.request.tasks.push_back(std::move(task));
    if (flags.request.selection.empty()) flags.request.selection = suite->selection;
    if (suite->protocol && !protocol_given) flags.request.protocol = *suite->protocol;
  }
  if (flags.request.tasks.empty()) {
    return Error(ErrorCode::invalid_input, "name a task (`proctor data list`) or a --suite");
  }
  for (TaskRequest& task : flags.request.tasks) {
    if (flags.samples) task.samples = flags.samples;
    if (flags.limit) task.limit = flags.limit;
  }
  return {};
}

std::string api_key() { return environment("OPENAI_API_KEY").value_or(""); }

backends::BackendOptions resumed_options(const backends::BackendOptions& stored,
                                         const RunFlags& flags, const CLI::App& verb) {
  backends::BackendOptions options = stored;
  const backends::BackendOptions& given = flags.request.backend;
  if (verb.count("--base-url") > 0) options.base_url = given.base_url;
  if (verb.count("--concurrency") > 0) options.concurrency = given.concurrency;
  if (verb.count("--no-stream") > 0) options.stream = false;
  options.device = given.device;
  options.threads = given.threads;
  options.cache_gib = given.cache_gib;
  if (verb.count("--max-attempts") > 0) options.max_attempts = given.max_attempts;
  if (verb.count("--backoff") > 0) options.backoff_first_s = given.backoff_first_s;
  if (verb.count("--backoff-max") > 0) options.backoff_max_s = given.backoff_max_s;
  if (verb.count("--idle-timeout") > 0) options.idle_timeout_s = given.idle_timeout_s;
  if (verb.count("--connect-timeout") > 0) options.connect_timeout_s = given.connect_timeout_s;
  options.api_key = api_key();
  return options;
}

}  // namespace proctor::harness
