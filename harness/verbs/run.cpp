// `proctor run` and `proctor resume`.
#include <fmt/core.h>
#include <fmt/format.h>

#include <memory>

#include "harness/canary/before_run.h"
#include "harness/plan/run_plan.h"
#include "harness/plan/seeds.h"
#include "harness/plan/server_facts.h"
#include "harness/plan/stored_plan.h"
#include "harness/plan/tools_for_run.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"
#include "harness/process/exit_code.h"
#include "harness/process/interrupts.h"
#include "harness/run/batch_ledger.h"
#include "harness/run/dry_run.h"
#include "harness/run/execution.h"
#include "harness/run/flags.h"
#include "harness/run/response_cache.h"
#include "harness/run/sending_flags.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

// For the canary, which is not to wait for hours.
backends::BackendOptions answering_at_once(backends::BackendOptions options) {
  options.batch = false;
  return options;
}

struct FoundRun {
  reports::RunId id;
  bool continued = false;
};

// --fresh aside, a plan that was begun and interrupted goes on.
Result<FoundRun> find_or_add_run(reports::Store& store, const RunPlan& plan, bool fresh) {
  if (!fresh) {
    const Result<plan::RunToContinue> begun = plan::run_to_continue(store, plan);
    if (!begun) return begun.error();
    if (begun->run) {
      say(fmt::format("proctor: continuing run {} (--fresh starts anew)\n", *begun->run));
      return FoundRun{*begun->run, true};
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
  const Result<reports::RunId> added =
      store.add_run(plan, [&](const std::string& task, const Question& question, int repeat) {
        return plan::sample_seed(plan.seed, task, question.id, repeat);
      });
  if (!added) return added.error();
  return FoundRun{*added};
}

// The run that the plan may turn out to go on with, before its server has said anything of itself.
Result<std::optional<reports::RunId>> run_begun(reports::Store& store, const RunPlan& plan,
                                                bool fresh) {
  if (fresh) return std::optional<reports::RunId>();
  const Result<plan::RunToContinue> begun = plan::run_to_continue(store, plan);
  if (!begun) return begun.error();
  return begun->run;
}

// Counts in `budget` what the canary took of what was left to it.
void charge_canary(const std::optional<spending::Spending>& left, double before,
                   std::optional<spending::Spending>& budget) {
  if (budget) budget->charge(left->spent() - before);
}

// A reply as long as the protocol allows must fit beside the shortest of prompts, or every request
// would fail, one by one.
Result<void> check_context(const std::vector<grading::TaskRun>& task_runs,
                           const backends::Backend& backend) {
  const std::optional<int> context = backend.context();
  for (const grading::TaskRun& task : task_runs) {
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

Result<ExitCode> run_tasks(const Globals& globals, run::RunFlags& flags, bool protocol_given) {
  flags.request.backend.stream = !flags.no_stream;
  flags.request.backend.api_key = run::api_key(flags.request.model);
  const Result<void> resolved = run::resolve_tasks(flags, protocol_given);
  if (!resolved) return resolved.error();
  const Result<std::filesystem::path> data = tasks::data_directory(globals.data, environment);
  if (!data) return data.error();
  const Result<grading::GradingTools> tools =
      plan::make_grading_tools(flags.request, *data, flags.judge);
  if (!tools) return tools.error();
  Interrupts interrupts;
  run::StoreBatchLedger batches;
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
  Result<plan::PlannedRun> planned = plan::plan_run(flags.request, *tools, **backend);
  if (!planned) return planned.error();
  for (std::size_t i = 0; i < planned->selections.size(); ++i) {
    const TaskPlan& task = planned->plan.tasks[i];
    if (planned->selections[i].empty()) continue;
    say(fmt::format("proctor: {}: {}: {} questions\n", task.task, planned->selections[i],
                    task.questions.size()));
  }
  const Result<void> fits = check_context(planned->task_runs, **backend);
  if (!fits) return fits.error();
  const Result<spending::Prices> prices = spending::Prices::users(flags.prices);
  if (!prices) return prices.error();
  const backends::BackendOptions examined = answering_at_once(flags.request.backend);
  const canary::Endpoint endpoint{examined, planned->task_runs, flags.request.think_prefilled};
  if (flags.dry_run) return run::print_forecast(globals, flags, endpoint, *planned, *prices);
  Result<std::optional<spending::Spending>> budget =
      run::allowed_spending(flags, *prices, planned->plan.model);
  if (!budget) return budget.error();
  Result<reports::Store> store = reports::Store::open_for_writing(globals.db);
  if (!store) return store.error();
  Result<std::shared_ptr<reports::ReplyFile>> kept =
      run::open_response_cache(**backend, planned->plan.model, flags.response_cache);
  if (!kept) return kept.error();
  const Result<std::optional<reports::RunId>> begun = run_begun(*store, planned->plan, flags.fresh);
  if (!begun) return begun.error();
  const Result<bool> asks = *begun ? canary::asks_anything(*store, **begun) : Result<bool>(true);
  if (!asks) return asks.error();
  if (*asks && !flags.no_canary) {
    Result<std::optional<spending::Spending>> left =
        run::left_for_canary(*budget, globals.db, *store, *begun, planned->task_runs);
    if (!left) return left.error();
    const double before = *left ? (*left)->spent() : 0;
    const Result<void> fit = canary::examine_before_run(endpoint, *left ? &**left : nullptr,
                                                        interrupts.token(), planned->plan);
    if (!fit) return fit.error();
    charge_canary(*left, before, *budget);
  }
  run::put_response_cache_before(*backend, std::move(*kept), planned->plan, interrupts.token());
  const Result<FoundRun> found = find_or_add_run(*store, planned->plan, flags.fresh);
  if (!found) return found.error();
  return run::execute({globals, flags, interrupts, **backend, flags.request.backend.batch, batches,
                       *store, found->id, found->continued, *prices},
                      planned->plan, planned->task_runs, std::move(*budget));
}

Result<ExitCode> resume(const Globals& globals, run::RunFlags& flags, reports::RunId id,
                        const CLI::App& verb) {
  Result<reports::Store> store = reports::Store::open_for_writing(globals.db);
  if (!store) return store.error();
  const Result<RunPlan> plan = store->plan(id);
  if (!plan) return plan.error();
  const Result<std::filesystem::path> data = tasks::data_directory(globals.data, environment);
  if (!data) return data.error();
  const Result<grading::GradingTools> tools = plan::make_grading_tools(*plan, *data, flags.judge);
  if (!tools) return tools.error();
  Interrupts interrupts;
  const Result<plan::StoredRequest> stored = plan::stored_request(*plan);
  if (!stored) return stored.error().within(globals.db.string());
  run::StoreBatchLedger batches;
  backends::BackendOptions options =
      run::resumed_options(stored->backend, plan->model, flags, verb);
  options.batch_ledger = &batches;
  Result<std::unique_ptr<backends::Backend>> backend = backends::make_backend(plan->model, options);
  if (!backend) return backend.error();
  if ((*backend)->identity() != stored->server) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("run {} was answered by {}; this is {}. Continuing would mix them: "
                             "start anew with `proctor run`",
                             id, stored->server, (*backend)->identity()));
  }
  const Result<std::vector<grading::TaskRun>> task_runs =
      plan::stored_task_runs(*plan, stored->think_prefilled, *tools);
  if (!task_runs) return task_runs.error();
  const Result<spending::Prices> prices = spending::Prices::users(flags.prices);
  if (!prices) return prices.error();
  Result<std::optional<spending::Spending>> budget =
      run::allowed_spending(flags, *prices, plan->model);
  if (!budget) return budget.error();
  Result<std::shared_ptr<reports::ReplyFile>> kept =
      run::open_response_cache(**backend, plan->model, flags.response_cache);
  if (!kept) return kept.error();
  const backends::BackendOptions examined = answering_at_once(options);
  if (!flags.no_canary) {
    Result<std::optional<spending::Spending>> left =
        run::left_for_canary(*budget, globals.db, *store, id, *task_runs);
    if (!left) return left.error();
    const double before = *left ? (*left)->spent() : 0;
    const Result<void> fit = canary::examine_before_resume(
        {examined, *task_runs, stored->think_prefilled}, *left ? &**left : nullptr,
        interrupts.token(), *plan, *store, id);
    if (!fit) return fit.error();
    charge_canary(*left, before, *budget);
  }
  run::put_response_cache_before(*backend, std::move(*kept), *plan, interrupts.token());
  return run::execute({globals, flags, interrupts, **backend, options.batch, batches, *store, id,
                       /*continued=*/true, *prices},
                      *plan, *task_runs, std::move(*budget));
}

ExitCode exit_code_of(const Result<ExitCode>& result) {
  return result ? *result : fail(result.error());
}

}  // namespace

void add_run_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand("run", "plan, generate, grade, report");
  auto flags = std::make_shared<run::RunFlags>();
  verb->add_option("task", flags->tasks, "tasks by name; see `proctor data list`");
  verb->add_option(
          "--model", flags->request.model,
          "who answers: tiny (the embedded model), local/FOLDER or local/ORG/NAME as `proctor "
          "model fetch` got it, replay/FILE, openai/NAME, "
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
  run::add_question_flags(*verb, flags->request);
  run::add_server_flags(
      *verb, *flags, "of the server, for example http://127.0.0.1:8000/v1; several share the load");
  run::add_thinking_flags(*verb, *flags);
  verb->add_flag("--think-prefilled", flags->request.think_prefilled,
                 "the chat template writes the opening <think> itself");
  verb->add_flag("--fresh", flags->fresh, "start anew even if this plan was begun before");
  verb->add_flag("--dry-run", flags->dry_run,
                 "ask nothing: print requests, tokens, cost and time as they will be");
  run::add_outcome_flags(*verb, *flags);
  run::add_spending_flags(*verb, *flags);
  run::add_sampling_flags(*verb, *flags);
  run::add_sending_flags(*verb, *flags);
  run::add_sandbox_flags(*verb, flags->judge);
  verb->callback([&globals, &exit_code, flags, verb] {
    exit_code = exit_code_of(run_tasks(globals, *flags, verb->count("--protocol") > 0));
  });
}

void add_resume_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb =
      app.add_subcommand("resume", "continue a run: what is planned, failed or ungraded");
  auto flags = std::make_shared<run::RunFlags>();
  auto id = std::make_shared<reports::RunId>(0);
  verb->add_option("run", *id, "the run's number; see `proctor report --list`")->required();
  run::add_server_flags(*verb, *flags, "where the same server is now, if it moved");
  run::add_outcome_flags(*verb, *flags);
  run::add_spending_flags(*verb, *flags);
  run::add_sending_flags(*verb, *flags);
  run::add_sandbox_flags(*verb, flags->judge);
  verb->callback([&globals, &exit_code, flags, id, verb] {
    exit_code = exit_code_of(resume(globals, *flags, *id, *verb));
  });
}

}  // namespace proctor::harness
