// `proctor regrade`.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/files/json_text.h"
#include "harness/plan/code_runners.h"
#include "harness/plan/stored_plan.h"
#include "harness/plan/tools_for_run.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"
#include "harness/process/exit_code.h"
#include "harness/run/flags.h"
#include "harness/run/regrading.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

using nlohmann::ordered_json;

struct RegradeOptions {
  reports::RunId run = 0;
  bool apply = false;
  std::size_t show = 20;
  std::string code_runner;  // empty: the run's
  grading::CodeJudgeOptions judge;
};

constexpr std::array kAllVerdicts = {Verdict::correct, Verdict::wrong, Verdict::no_answer,
                                     Verdict::undecided};
static_assert(kAllVerdicts.size() == run::kVerdicts);

// The one line that a table has room for.
std::string one_line(std::string_view text) {
  constexpr std::size_t kWidth = 60;
  std::string line;
  for (const char c : text) line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  if (line.size() <= kWidth) return line;
  std::size_t end = kWidth;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return line.substr(0, end) + "…";
}

std::string format_task(const run::RegradedTask& task, std::size_t show) {
  std::string text =
      fmt::format("{}: {} -> {}\n  {} replies, {} correct -> {} correct, {} changed\n", task.task,
                  task.grader_before, task.grader_after, task.replies, task.correct_before(),
                  task.correct_after(), task.changed.size());
  if (task.errors > 0) {
    text += fmt::format("  {} could not be graded and keep their scores\n", task.errors);
  }
  for (std::size_t from = 0; from < run::kVerdicts; ++from) {
    for (std::size_t to = 0; to < run::kVerdicts; ++to) {
      if (from == to || task.moves[from][to] == 0) continue;
      text += fmt::format("  {:>9} -> {:<9} {}\n", name_of(kAllVerdicts[from]),
                          name_of(kAllVerdicts[to]), task.moves[from][to]);
    }
  }
  for (std::size_t i = 0; i < std::min(show, task.changed.size()); ++i) {
    const run::RegradedSample& sample = task.changed[i];
    text +=
        fmt::format("  {} repeat {}: {} -> {}\n    before: {} | {}\n    after:  {} | {}\n",
                    sample.question, sample.repeat, name_of(sample.before), name_of(sample.after),
                    one_line(sample.extracted_before), one_line(sample.explanation_before),
                    one_line(sample.extracted_after), one_line(sample.explanation_after));
  }
  if (task.changed.size() > show) {
    text += fmt::format("  and {} more (--show)\n", task.changed.size() - show);
  }
  return text;
}

ordered_json task_json(const run::RegradedTask& task) {
  ordered_json moves = ordered_json::array();
  for (std::size_t from = 0; from < run::kVerdicts; ++from) {
    for (std::size_t to = 0; to < run::kVerdicts; ++to) {
      if (from == to || task.moves[from][to] == 0) continue;
      moves.push_back({{"from", name_of(kAllVerdicts[from])},
                       {"to", name_of(kAllVerdicts[to])},
                       {"replies", task.moves[from][to]}});
    }
  }
  ordered_json changed = ordered_json::array();
  for (const run::RegradedSample& sample : task.changed) {
    changed.push_back({{"question", sample.question},
                       {"repeat", sample.repeat},
                       {"before", name_of(sample.before)},
                       {"after", name_of(sample.after)},
                       {"extracted_before", sample.extracted_before},
                       {"extracted_after", sample.extracted_after},
                       {"explanation_before", sample.explanation_before},
                       {"explanation_after", sample.explanation_after}});
  }
  return {{"task", task.task},
          {"grader_before", task.grader_before},
          {"grader_after", task.grader_after},
          {"replies", task.replies},
          {"errors", task.errors},
          {"correct_before", task.correct_before()},
          {"correct_after", task.correct_after()},
          {"moves", std::move(moves)},
          {"changed", std::move(changed)}};
}

void print_tasks(const std::vector<run::RegradedTask>& tasks, const RegradeOptions& options,
                 bool json) {
  if (json) {
    ordered_json all = ordered_json::array();
    for (const run::RegradedTask& task : tasks) all.push_back(task_json(task));
    const ordered_json result = {
        {"run", options.run}, {"applied", options.apply}, {"tasks", std::move(all)}};
    // An extract may begin or end inside a character.
    print_result(indented_json(result));
    return;
  }
  for (const run::RegradedTask& task : tasks) print_result(format_task(task, options.show));
  print_result(options.apply ? "the new scores are stored\n"
                             : "nothing is stored (--apply stores the new scores)\n");
}

Result<void> regrade(const Globals& globals, const RegradeOptions& options) {
  Result<reports::Store> store = options.apply ? reports::Store::open_for_writing(globals.db)
                                               : reports::Store::open_for_reading(globals.db);
  if (!store) return store.error();
  Result<RunPlan> plan = store->plan(options.run);
  if (!plan) return plan.error();
  if (!options.code_runner.empty()) {
    const Result<void> changed = plan::set_code_runner(*plan, options.code_runner);
    if (!changed) return changed.error();
  }
  const Result<plan::StoredRequest> request = plan::stored_request(*plan);
  if (!request) return request.error().within(globals.db.string());
  const Result<std::filesystem::path> data = tasks::data_directory(globals.data, environment);
  if (!data) return data.error();
  const Result<grading::GradingTools> tools = plan::make_grading_tools(*plan, *data, options.judge);
  if (!tools) return tools.error();
  const Result<std::vector<grading::TaskRun>> task_runs =
      plan::todays_task_runs(*plan, request->think_prefilled, *tools);
  if (!task_runs) return task_runs.error();
  const Result<std::vector<run::RegradedTask>> tasks =
      run::regrade(*store, options.run, *plan, *task_runs, options.apply);
  if (!tasks) return tasks.error();
  print_tasks(*tasks, options, globals.json);
  return {};
}

}  // namespace

void add_regrade_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand(
      "regrade", "grade stored replies again with today's grader and show what changed");
  auto options = std::make_shared<RegradeOptions>();
  verb->add_option("run", options->run, "the run's number; see `proctor report --list`")
      ->required();
  verb->add_flag("--apply", options->apply, "store the new scores in place of the old ones");
  verb->add_option("--show", options->show, "list at most so many changes of each task")
      ->capture_default_str();
  verb->add_option(
          "--code-runner", options->code_runner,
          "run programs by process or lcb-compat, whatever the run did: shows where the two "
          "differ")
      ->check(CLI::IsMember({"process", "lcb-compat"}));
  run::add_sandbox_flags(*verb, options->judge);
  verb->callback([&globals, &exit_code, options] {
    const Result<void> regraded = regrade(globals, *options);
    exit_code = regraded ? kDone : fail(regraded.error());
  });
}

}  // namespace proctor::harness
