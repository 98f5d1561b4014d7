// `proctor run` and `proctor resume`.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "harness/console.h"
#include "harness/environment.h"
#include "harness/exit_code.h"
#include "harness/interrupts.h"
#include "harness/progress_view.h"
#include "harness/run_pipeline.h"
#include "harness/run_plan.h"
#include "harness/seeds.h"
#include "harness/summary.h"
#include "harness/verbs.h"

namespace proctor::harness {
namespace {

// What the command line adds to a RunRequest.
struct RunFlags {
  RunRequest request;
  std::vector<std::string> tasks;
  std::string suite;
  std::optional<int> samples;
  std::optional<int> limit;
  bool no_stream = false;
  bool fresh = false;
  bool quiet = false;
  double min_coverage = 99.5;
};

// Flags about how requests are sent; they change nothing about what a run is.
void add_sending_flags(CLI::App& verb, RunFlags& flags) {
  backends::BackendOptions& options = flags.request.backend;
  const std::string group = "Sending requests";
  verb.add_option("--concurrency", options.concurrency, "requests in flight")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--device", options.device, "of the built-in engine: auto, cpu")
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
}

// The tasks of the command line and of the suite, with --samples and --limit over both.
Result<void> resolve_tasks(RunFlags& flags, bool protocol_given) {
  for (const std::string& task : flags.tasks) flags.request.tasks.push_back({task, {}, {}});
  if (!flags.suite.empty()) {
    Result<Suite> suite = load_suite(flags.suite);
    if (!suite) return suite.error();
    for (TaskRequest& task : suite->tasks) flags.request.tasks.push_back(std::move(task));
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

// What carrying a run to its end takes.
struct Execution {
  const Globals& globals;
  const RunFlags& flags;
  Interrupts& interrupts;
  backends::Backend& backend;
  reports::Store& store;
  reports::RunId run;
};

// The task with the least of its grid decided: a whole one must not hide a missing one.
const reports::TaskSummary& least_covered(const reports::RunReport& report) {
  return *std::min_element(
      report.tasks.begin(), report.tasks.end(),
      [](const auto& one, const auto& other) { return one.coverage < other.coverage; });
}

Result<ExitCode> conclude(const Execution& execution) {
  Result<reports::RunReport> report = summarize(execution.store, execution.run);
  if (!report) return report.error();
  const reports::TaskSummary& least = least_covered(*report);
  // A rounding error must not tip a gate that is met exactly.
  const bool enough = 100 * least.coverage >= execution.flags.min_coverage - 1e-9;
  const Result<void> marked = execution.store.set_status(
      execution.run, enough ? reports::RunStatus::complete : reports::RunStatus::incomplete);
  if (!marked) return marked.error();
  const Result<reports::RunInfo> info = execution.store.run_info(execution.run);
  if (!info) return info.error();
  report->info = *info;
  print_result(reports::format_report(*report, execution.globals.json
                                                   ? reports::ReportFormat::json
                                                   : reports::ReportFormat::table));
  if (enough) return kDone;
  say(
      fmt::format("proctor: {}: coverage {:.2f} % is below {} %: incomplete; `proctor resume {}` "
                  "tries the rest again\n",
                  least.task, 100 * least.coverage, execution.flags.min_coverage, execution.run));
  return kIncomplete;
}

Result<ExitCode> execute(const Execution& execution, const RunPlan& plan,
                         const std::vector<TaskRun>& task_runs) {
  RunProgress progress(plan);
  Result<void> done;
  {
    const ProgressView view(progress, execution.flags.quiet ? ProgressView::Style::none
                                                            : ProgressView::style_for_stderr());
    done = run_pipeline({execution.store, execution.run, plan, task_runs, execution.backend},
                        progress, execution.interrupts.token());
  }
  if (done) return conclude(execution);
  return Error(done.error().code(),
               fmt::format("run {}: {}; what was answered is stored, and `proctor resume {}` "
                           "continues",
                           execution.run, done.error().message(), execution.run));
}

// --fresh aside, a plan that was begun and interrupted goes on.
Result<reports::RunId> find_or_add_run(reports::Store& store, const RunPlan& plan, bool fresh) {
  if (!fresh) {
    const Result<std::optional<reports::RunId>> open = store.open_run(plan.fingerprint, plan.seed);
    if (!open) return open.error();
    if (*open) {
      say(fmt::format("proctor: continuing run {} (--fresh starts anew)\n", **open));
      return **open;
    }
  }
  for (const TaskPlan& task : plan.tasks) {
    say(fmt::format("proctor: {}: {} questions x {}, protocol {} ({})\n", task.task,
                    task.questions.size(), task.repeats, task.protocol,
                    task.protocol_hash.substr(0, 12)));
  }
  return store.add_run(plan, [&](const std::string& task, const Question& question, int repeat) {
    return sample_seed(plan.seed, task, question.id, repeat);
  });
}

// A reply as long as the protocol allows must fit beside the shortest of prompts, or every request
// would fail, one by one.
Result<void> check_context(const std::vector<TaskRun>& task_runs,
                           const backends::Backend& backend) {
  const std::optional<int> context = backend.context();
  for (const TaskRun& task : task_runs) {
    const int longest = task.protocol.sampling.max_tokens;
    if (!context || longest < *context) continue;
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}: replies of up to {} tokens leave no room for a prompt in the "
                             "model's context of {}: give a smaller --max-tokens",
                             task.protocol.task, longest, *context));
  }
  return {};
}

std::string api_key() { return environment("OPENAI_API_KEY").value_or(""); }

Result<ExitCode> run(const Globals& globals, RunFlags& flags, bool protocol_given) {
  Interrupts interrupts;
  flags.request.backend.stream = !flags.no_stream;
  flags.request.backend.api_key = api_key();
  const Result<void> resolved = resolve_tasks(flags, protocol_given);
  if (!resolved) return resolved.error();
  const Result<std::filesystem::path> data = tasks::data_directory(globals.data, environment);
  if (!data) return data.error();
  const Result<std::unique_ptr<backends::Backend>> backend =
      backends::make_backend(flags.request.model, flags.request.backend);
  if (!backend) return backend.error();
  const std::optional<bool> prefills = (*backend)->prefills_thinking();
  if (prefills && !*prefills && flags.request.think_prefilled) {
    return Error(ErrorCode::invalid_input, "--think-prefilled: the chat template of " +
                                               flags.request.model +
                                               " does not write the opening <think>");
  }
  flags.request.think_prefilled = prefills.value_or(flags.request.think_prefilled);
  const Result<PlannedRun> planned = plan_run(flags.request, *data, **backend);
  if (!planned) return planned.error();
  const Result<void> fits = check_context(planned->task_runs, **backend);
  if (!fits) return fits.error();
  Result<reports::Store> store = reports::Store::open_for_writing(globals.db);
  if (!store) return store.error();
  const Result<reports::RunId> id = find_or_add_run(*store, planned->plan, flags.fresh);
  if (!id) return id.error();
  return execute({globals, flags, interrupts, **backend, *store, *id}, planned->plan,
                 planned->task_runs);
}

// How requests are sent: as before, but for the flags given now. What the built-in engine may use
// is a matter of today's machine.
backends::BackendOptions resumed_options(const StoredRequest& stored, const RunFlags& flags,
                                         const CLI::App& verb) {
  backends::BackendOptions options = stored.backend;
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

Result<ExitCode> resume(const Globals& globals, RunFlags& flags, reports::RunId id,
                        const CLI::App& verb) {
  Interrupts interrupts;
  Result<reports::Store> store = reports::Store::open_for_writing(globals.db);
  if (!store) return store.error();
  const Result<RunPlan> plan = store->plan(id);
  if (!plan) return plan.error();
  const Result<StoredRequest> stored = stored_request(*plan);
  if (!stored) return stored.error().within(globals.db.string());
  const Result<std::unique_ptr<backends::Backend>> backend =
      backends::make_backend(plan->model, resumed_options(*stored, flags, verb));
  if (!backend) return backend.error();
  if ((*backend)->identity() != stored->server) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("run {} was answered by {}; this is {}. Continuing would mix them: "
                             "start anew with `proctor run`",
                             id, stored->server, (*backend)->identity()));
  }
  const Result<std::vector<TaskRun>> task_runs = stored_task_runs(*plan, stored->think_prefilled);
  if (!task_runs) return task_runs.error();
  return execute({globals, flags, interrupts, **backend, *store, id}, *plan, *task_runs);
}

ExitCode exit_code_of(const Result<ExitCode>& result) {
  return result ? *result : fail(result.error());
}

}  // namespace

void add_run_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand("run", "plan, generate, grade, report");
  auto flags = std::make_shared<RunFlags>();
  verb->add_option("task", flags->tasks, "tasks by name; see `proctor data list`");
  verb->add_option(
          "--model", flags->request.model,
          "who answers: tiny (the embedded model), local/FOLDER, replay/FILE, openai-api/NAME "
          "(with --base-url)")
      ->required();
  verb->add_option("--suite", flags->suite, "a suite of tasks: quickstart, r1, or a JSON file");
  verb->add_option("--protocol", flags->request.protocol, "the recipe for each task")
      ->capture_default_str();
  verb->add_option("--seed", flags->request.seed, "from which the seed of each sample derives")
      ->capture_default_str();
  verb->add_option("--limit", flags->limit, "only the first so many questions of each task")
      ->check(CLI::Range(1, 1'000'000'000));
  verb->add_option("--base-url", flags->request.backend.base_url,
                   "of the server, for example http://127.0.0.1:8000/v1");
  verb->add_flag("--think-prefilled", flags->request.think_prefilled,
                 "the chat template writes the opening <think> itself");
  verb->add_flag("--fresh", flags->fresh, "start anew even if this plan was begun before");
  add_outcome_flags(*verb, *flags);
  add_sampling_flags(*verb, *flags);
  add_sending_flags(*verb, *flags);
  verb->callback([&globals, &exit_code, flags, verb] {
    exit_code = exit_code_of(run(globals, *flags, verb->count("--protocol") > 0));
  });
}

void add_resume_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb =
      app.add_subcommand("resume", "continue a run: what is planned, failed or ungraded");
  auto flags = std::make_shared<RunFlags>();
  auto id = std::make_shared<reports::RunId>(0);
  verb->add_option("run", *id, "the run's number; see `proctor report --list`")->required();
  verb->add_option("--base-url", flags->request.backend.base_url,
                   "where the same server is now, if it moved");
  add_outcome_flags(*verb, *flags);
  add_sending_flags(*verb, *flags);
  verb->callback([&globals, &exit_code, flags, id, verb] {
    exit_code = exit_code_of(resume(globals, *flags, *id, *verb));
  });
}

}  // namespace proctor::harness
