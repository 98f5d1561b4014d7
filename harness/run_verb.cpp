// `proctor run` and `proctor resume`.
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "harness/batch_ledger.h"
#include "harness/canary.h"
#include "harness/canary_run.h"
#include "harness/console.h"
#include "harness/environment.h"
#include "harness/exit_code.h"
#include "harness/forecast.h"
#include "harness/grading_tools.h"
#include "harness/interrupts.h"
#include "harness/progress_view.h"
#include "harness/response_cache.h"
#include "harness/run_flags.h"
#include "harness/run_pipeline.h"
#include "harness/run_plan.h"
#include "harness/seeds.h"
#include "harness/server_facts.h"
#include "harness/spent.h"
#include "harness/summary.h"
#include "harness/verbs.h"

namespace proctor::harness {
namespace {

// What carrying a run to its end takes.
struct Execution {
  const Globals& globals;
  const RunFlags& flags;
  Interrupts& interrupts;
  backends::Backend& backend;
  bool by_batch;
  StoreBatchLedger& batches;
  reports::Store& store;
  reports::RunId run;
  Prices prices;
};

// The task with the least of its grid decided: a whole one must not hide a missing one.
const reports::TaskSummary& least_covered(const reports::RunReport& report) {
  return *std::min_element(
      report.tasks.begin(), report.tasks.end(),
      [](const auto& one, const auto& other) { return one.coverage < other.coverage; });
}

// A run that stopped at its budget stays open: the same command, with a larger one, goes on.
Result<ExitCode> conclude(const Execution& execution, const Spending* budget, bool out_of_budget) {
  Result<reports::RunReport> report = summarize(execution.store, execution.run, execution.prices);
  if (!report) return report.error();
  const reports::TaskSummary& least = least_covered(*report);
  // A rounding error must not tip a gate that is met exactly.
  const bool enough = 100 * least.coverage >= execution.flags.min_coverage - 1e-9;
  const Result<void> marked =
      execution.store.set_status(execution.run, enough          ? reports::RunStatus::complete
                                                : out_of_budget ? reports::RunStatus::open
                                                                : reports::RunStatus::incomplete);
  if (!marked) return marked.error();
  const Result<reports::RunInfo> info = execution.store.run_info(execution.run);
  if (!info) return info.error();
  report->info = *info;
  print_result(reports::format_report(*report, execution.globals.json
                                                   ? reports::ReportFormat::json
                                                   : reports::ReportFormat::table));
  if (!execution.flags.quiet) {
    say(describe_spending(*report, budget, is_remote(report->model)));
  }
  if (enough) return kDone;
  say(
      fmt::format("proctor: {}: coverage {:.2f} % is below {} %: incomplete; `proctor resume {}` "
                  "tries the rest again\n",
                  least.task, 100 * least.coverage, execution.flags.min_coverage, execution.run));
  return kIncomplete;
}

// What --budget-usd allows; nothing without it. Errors: invalid_input, for a model without a price.
Result<std::optional<Spending>> spending(const RunFlags& flags, const Prices& prices,
                                         const RunPlan& plan, bool by_batch) {
  if (!flags.budget_usd) return std::optional<Spending>();
  // A run that was begun by batches and goes on without pays what is dearer.
  const std::optional<Price> price = by_batch ? prices.of(plan) : prices.of(plan.model);
  if (price) return std::optional<Spending>(Spending(*price, *flags.budget_usd));
  return Error(ErrorCode::invalid_input,
               "--budget-usd: " + plan.model + " has no price; name it in a file for --prices");
}

Result<ExitCode> execute(const Execution& execution, const RunPlan& plan,
                         const std::vector<TaskRun>& task_runs, std::optional<Spending> budget) {
  Result<void> done =
      execution.batches.attach(execution.globals.db, execution.run, execution.by_batch);
  if (!done) return done.error();
  RunProgress progress(plan);
  {
    const ProgressView view(progress, execution.flags.quiet ? ProgressView::Style::none
                                                            : ProgressView::style_for_stderr());
    done = run_pipeline({execution.store, execution.run, plan, task_runs, execution.backend,
                         budget ? &*budget : nullptr},
                        progress, execution.interrupts.token());
  }
  if (progress.out_of_budget) {
    say(
        fmt::format("proctor: {:.4f} of {:.4f} dollars are spent, which leaves no room for another "
                    "request at its dearest; `proctor resume {} --budget-usd` goes on with more\n",
                    budget->spent(), budget->budget(), execution.run));
  }
  if (done && !progress.out_of_budget) done = execution.batches.close_all();
  if (done) return conclude(execution, budget ? &*budget : nullptr, progress.out_of_budget);
  return Error(done.error().code(),
               fmt::format("run {}: {}; what was answered is stored, and `proctor resume {}` "
                           "continues",
                           execution.run, done.error().message(), execution.run));
}

// For the canary, which is not to wait for hours.
backends::BackendOptions answering_at_once(backends::BackendOptions options) {
  options.batch = false;
  return options;
}

// --fresh aside, a plan that was begun and interrupted goes on.
Result<reports::RunId> find_or_add_run(reports::Store& store, const RunPlan& plan, bool fresh) {
  if (!fresh) {
    const Result<RunToContinue> begun = run_to_continue(store, plan);
    if (!begun) return begun.error();
    if (begun->run) {
      say(fmt::format("proctor: continuing run {} (--fresh starts anew)\n", *begun->run));
      return *begun->run;
    }
    if (begun->of_another_server) {
      say(
          fmt::format("proctor: warning: run {} of this plan stays open: the server that began it "
                      "said other things of itself ({})\n",
                      *begun->of_another_server, fmt::join(begun->changes, ", ")));
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
    // Of a limit that the prompt is part of, a reply has at most all but one token.
    const int longest =
        task.protocol.sampling.max_tokens - (task.protocol.limit_includes_prompt ? 1 : 0);
    if (!context || longest < *context) continue;
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}: replies of up to {} tokens leave no room for a prompt in the "
                             "model's context of {}: give a smaller --max-tokens",
                             task.protocol.task, longest, *context));
  }
  return {};
}

// Which samples of the plan are still to be asked: all, unless it was begun. `store` is null if
// there is no file yet.
Result<std::vector<bool>> samples_left(reports::Store* store, const RunPlan& plan, bool fresh) {
  std::vector<bool> left;
  if (store == nullptr || fresh) return left;
  const Result<RunToContinue> begun = run_to_continue(*store, plan);
  if (!begun) return begun.error();
  if (!begun->run) return left;
  const Result<void> visited = store->visit(
      *begun->run, [&](const reports::SampleResult& result) { left.push_back(!result.finish); });
  if (!visited) return visited.error();
  return left;
}

// The canary's part of a forecast, which no samples are asked for.
Result<void> forecast_canary(const Endpoint& endpoint, const RunFlags& flags, const RunPlan& plan) {
  if (flags.no_canary) return {};
  const Result<std::string> line = canary_forecast(endpoint, plan);
  if (!line) return line.error();
  if (!line->empty()) say("proctor: " + *line);
  return {};
}

Result<ExitCode> print_forecast(const Globals& globals, const RunFlags& flags,
                                const PlannedRun& planned, const Prices& prices) {
  std::optional<reports::Store> store;
  std::error_code unknown;
  if (std::filesystem::exists(globals.db, unknown)) {
    Result<reports::Store> opened = reports::Store::open_for_reading(globals.db);
    if (!opened) return opened.error();
    store = std::move(*opened);
  }
  std::map<std::string, ReplyHistory> history;
  if (store) {
    Result<std::map<std::string, ReplyHistory>> known = reply_history(*store, planned.plan);
    if (!known) return known.error();
    history = std::move(*known);
  }
  const Result<std::vector<bool>> left =
      samples_left(store ? &*store : nullptr, planned.plan, flags.fresh);
  if (!left) return left.error();
  const backends::BackendOptions& sending = flags.request.backend;
  const bool known_pace = !sending.adaptive && !sending.batch;
  const std::vector<TaskForecast> tasks =
      forecast(planned.plan, planned.task_runs, *left, history, prices.of(planned.plan),
               known_pace ? std::optional<int>(sending.concurrency) : std::optional<int>());
  print_result(globals.json ? forecast_json(tasks) : format_forecast(tasks));
  return kDone;
}

Result<ExitCode> run(const Globals& globals, RunFlags& flags, bool protocol_given) {
  flags.request.backend.stream = !flags.no_stream;
  flags.request.backend.api_key = api_key(flags.request.model);
  const Result<void> resolved = resolve_tasks(flags, protocol_given);
  if (!resolved) return resolved.error();
  const Result<std::filesystem::path> data = tasks::data_directory(globals.data, environment);
  if (!data) return data.error();
  const Result<GradingTools> tools = make_grading_tools(flags.request, *data, flags.judge);
  if (!tools) return tools.error();
  Interrupts interrupts;
  StoreBatchLedger batches;
  flags.request.backend.batch_ledger = &batches;
  Result<std::unique_ptr<backends::Backend>> backend =
      backends::make_backend(flags.request.model, flags.request.backend);
  if (!backend) return backend.error();
  const std::optional<bool> prefills = (*backend)->prefills_thinking();
  if (prefills && !*prefills && flags.request.think_prefilled) {
    return Error(ErrorCode::invalid_input, "--think-prefilled: the chat template of " +
                                               flags.request.model +
                                               " does not write the opening <think>");
  }
  flags.request.think_prefilled = prefills.value_or(flags.request.think_prefilled);
  Result<PlannedRun> planned = plan_run(flags.request, *tools, **backend);
  if (!planned) return planned.error();
  for (std::size_t i = 0; i < planned->selections.size(); ++i) {
    const TaskPlan& task = planned->plan.tasks[i];
    if (planned->selections[i].empty()) continue;
    say(fmt::format("proctor: {}: {}: {} questions\n", task.task, planned->selections[i],
                    task.questions.size()));
  }
  const Result<void> fits = check_context(planned->task_runs, **backend);
  if (!fits) return fits.error();
  const Result<Prices> prices = Prices::users(flags.prices);
  if (!prices) return prices.error();
  const backends::BackendOptions examined = answering_at_once(flags.request.backend);
  const Endpoint endpoint{examined, planned->task_runs, flags.request.think_prefilled};
  if (flags.dry_run) {
    if (const Result<void> said = forecast_canary(endpoint, flags, planned->plan); !said) {
      return said.error();
    }
    return print_forecast(globals, flags, *planned, *prices);
  }
  Result<std::optional<Spending>> budget =
      spending(flags, *prices, planned->plan, flags.request.backend.batch);
  if (!budget) return budget.error();
  Result<reports::Store> store = reports::Store::open_for_writing(globals.db);
  if (!store) return store.error();
  if (!flags.no_canary) {
    const Result<void> fit = examine_before_run(endpoint, *budget ? &**budget : nullptr,
                                                interrupts.token(), planned->plan);
    if (!fit) return fit.error();
  }
  const Result<void> cached =
      put_response_cache_before(*backend, flags.response_cache, planned->plan, interrupts.token());
  if (!cached) return cached.error();
  const Result<reports::RunId> id = find_or_add_run(*store, planned->plan, flags.fresh);
  if (!id) return id.error();
  return execute({globals, flags, interrupts, **backend, flags.request.backend.batch, batches,
                  *store, *id, *prices},
                 planned->plan, planned->task_runs, std::move(*budget));
}

Result<ExitCode> resume(const Globals& globals, RunFlags& flags, reports::RunId id,
                        const CLI::App& verb) {
  Result<reports::Store> store = reports::Store::open_for_writing(globals.db);
  if (!store) return store.error();
  const Result<RunPlan> plan = store->plan(id);
  if (!plan) return plan.error();
  const Result<std::filesystem::path> data = tasks::data_directory(globals.data, environment);
  if (!data) return data.error();
  const Result<GradingTools> tools = make_grading_tools(*plan, *data, flags.judge);
  if (!tools) return tools.error();
  Interrupts interrupts;
  const Result<StoredRequest> stored = stored_request(*plan);
  if (!stored) return stored.error().within(globals.db.string());
  StoreBatchLedger batches;
  backends::BackendOptions options = resumed_options(stored->backend, plan->model, flags, verb);
  options.batch_ledger = &batches;
  Result<std::unique_ptr<backends::Backend>> backend = backends::make_backend(plan->model, options);
  if (!backend) return backend.error();
  if ((*backend)->identity() != stored->server) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("run {} was answered by {}; this is {}. Continuing would mix them: "
                             "start anew with `proctor run`",
                             id, stored->server, (*backend)->identity()));
  }
  const Result<std::vector<TaskRun>> task_runs =
      stored_task_runs(*plan, stored->think_prefilled, *tools);
  if (!task_runs) return task_runs.error();
  const Result<Prices> prices = Prices::users(flags.prices);
  if (!prices) return prices.error();
  Result<std::optional<Spending>> budget = spending(flags, *prices, *plan, options.batch);
  if (!budget) return budget.error();
  const backends::BackendOptions examined = answering_at_once(options);
  if (!flags.no_canary) {
    const Result<void> fit =
        examine_before_resume({examined, *task_runs, stored->think_prefilled},
                              *budget ? &**budget : nullptr, interrupts.token(), *plan, *store, id);
    if (!fit) return fit.error();
  }
  const Result<void> cached =
      put_response_cache_before(*backend, flags.response_cache, *plan, interrupts.token());
  if (!cached) return cached.error();
  return execute(
      {globals, flags, interrupts, **backend, options.batch, batches, *store, id, *prices}, *plan,
      *task_runs, std::move(*budget));
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
          "who answers: tiny (the embedded model), local/FOLDER, replay/FILE, openai/NAME, "
          "anthropic/NAME, deepseek/NAME, llama-server/NAME, openai-api/NAME (with --base-url)")
      ->required();
  verb->add_option("--suite", flags->suite, "a suite of tasks: quickstart, r1, or a JSON file");
  std::string protocols;
  for (const std::string_view name : tasks::protocol_names()) {
    protocols += (protocols.empty() ? "" : ", ") + std::string(name);
  }
  verb->add_option("--protocol", flags->request.protocol,
                   "the recipe for each task: " + protocols + "; see `proctor data list`")
      ->capture_default_str();
  verb->add_option("--seed", flags->request.seed, "from which the seed of each sample derives")
      ->capture_default_str();
  verb->add_option("--limit", flags->limit, "only the first so many questions of each task")
      ->check(CLI::Range(1, 1'000'000'000));
  add_question_flags(*verb, flags->request);
  add_server_flags(*verb, *flags,
                   "of the server, for example http://127.0.0.1:8000/v1; several share the load");
  add_thinking_flags(*verb, *flags);
  verb->add_flag("--think-prefilled", flags->request.think_prefilled,
                 "the chat template writes the opening <think> itself");
  verb->add_flag("--fresh", flags->fresh, "start anew even if this plan was begun before");
  verb->add_flag("--dry-run", flags->dry_run,
                 "ask nothing: print requests, tokens, cost and time as they will be");
  add_outcome_flags(*verb, *flags);
  add_spending_flags(*verb, *flags);
  add_sampling_flags(*verb, *flags);
  add_sending_flags(*verb, *flags);
  add_sandbox_flags(*verb, flags->judge);
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
  add_server_flags(*verb, *flags, "where the same server is now, if it moved");
  add_outcome_flags(*verb, *flags);
  add_spending_flags(*verb, *flags);
  add_sending_flags(*verb, *flags);
  add_sandbox_flags(*verb, flags->judge);
  verb->callback([&globals, &exit_code, flags, id, verb] {
    exit_code = exit_code_of(resume(globals, *flags, *id, *verb));
  });
}

}  // namespace proctor::harness
