// `proctor trend`.
#include "reports/trend.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "harness/comparison/fingerprint_diff.h"
#include "harness/comparison/run_scores.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

namespace fs = std::filesystem;

struct TrendFlags {
  std::string task;
  std::vector<fs::path> stores;
  std::string model;
  reports::CusumOptions cusum;
  std::string format = "table";
};

// One run's part in the trend: its plan, cut down to the task, and the task's scores.
struct Night {
  reports::RunInfo info;
  RunPlan plan;
  std::vector<reports::QuestionScores> scores;
};

Result<void> load_nights(const fs::path& file, const TrendFlags& flags, std::vector<Night>& nights,
                         std::vector<std::string>& left_out) {
  Result<reports::Store> store = reports::Store::open_for_reading(file);
  if (!store) return store.error();
  const Result<std::vector<reports::RunInfo>> runs = store->runs();
  if (!runs) return runs.error();
  for (const reports::RunInfo& info : *runs) {
    if (("," + info.tasks + ",").find("," + flags.task + ",") == std::string::npos) continue;
    if (!flags.model.empty() && info.model != flags.model) continue;
    if (info.status != reports::RunStatus::complete) {
      left_out.push_back(
          fmt::format("run {} of {}: {}", info.id, file.string(), name_of(info.status)));
      continue;
    }
    Result<comparison::RunScores> run = comparison::load_run_scores(*store, info.id);
    if (!run) return run.error();
    for (std::size_t i = 0; i < run->plan.tasks.size(); ++i) {
      if (run->plan.tasks[i].task != flags.task) continue;
      TaskPlan task = std::move(run->plan.tasks[i]);
      run->plan.tasks.clear();
      run->plan.tasks.push_back(std::move(task));
      nights.push_back({info, std::move(run->plan), std::move(run->tasks[i].correct)});
      break;
    }
  }
  return {};
}

// What keeps the night out of a trend whose recipe is that of `newest`; who answered does not.
std::optional<std::string> misfit(const Night& newest, const Night& night) {
  for (const comparison::Difference& difference :
       comparison::differences(newest.plan, night.plan)) {
    if (difference.kind == comparison::Difference::Kind::recipe) return difference.text;
  }
  return std::nullopt;
}

// The scores in the order of the newest night's questions, which have the same ids.
std::vector<reports::QuestionScores> in_order_of(const Night& newest, const Night& night) {
  std::map<std::string, std::size_t> places;
  const std::vector<Question>& questions = night.plan.tasks[0].questions;
  for (std::size_t i = 0; i < questions.size(); ++i) places[questions[i].id] = i;
  std::vector<reports::QuestionScores> ordered;
  for (const Question& question : newest.plan.tasks[0].questions) {
    ordered.push_back(night.scores[places.at(question.id)]);
  }
  return ordered;
}

Result<std::string> trend(const TrendFlags& flags, const Globals& globals) {
  reports::TrendReport report{.task = flags.task, .options = flags.cusum};
  std::vector<Night> nights;
  const std::vector<fs::path> files =
      flags.stores.empty() ? std::vector<fs::path>{globals.db} : flags.stores;
  for (const fs::path& file : files) {
    const Result<void> loaded = load_nights(file, flags, nights, report.left_out);
    if (!loaded) return loaded.error();
  }
  if (nights.empty()) {
    return Error(ErrorCode::not_found,
                 fmt::format("there is no complete run of {}{}", flags.task,
                             flags.model.empty() ? "" : " by " + flags.model));
  }
  std::stable_sort(nights.begin(), nights.end(), [](const Night& a, const Night& b) {
    return a.info.created_at < b.info.created_at;
  });
  const Night& newest = nights.back();
  std::vector<reports::TrendRun> runs;
  for (const Night& night : nights) {
    if (const std::optional<std::string> why = misfit(newest, night)) {
      report.left_out.push_back(
          fmt::format("run {}: another recipe than the newest run's: {}", night.info.id, *why));
      continue;
    }
    runs.push_back({.run = night.info.id,
                    .created_at = night.info.created_at,
                    .model = night.info.model,
                    .questions = in_order_of(newest, night)});
  }
  const TaskPlan& task = newest.plan.tasks[0];
  report.recipe = fmt::format("protocol {} {}, dataset {}, {} questions, {}", task.protocol,
                              task.protocol_hash.substr(0, 12), task.dataset_hash.substr(0, 12),
                              task.questions.size(), task.grader);
  report.points = reports::trend(runs, flags.cusum);
  const std::string& format = globals.json ? "json" : flags.format;
  return reports::format_trend(report, *reports::trend_format_named(format));
}

}  // namespace

void add_trend_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb =
      app.add_subcommand("trend", "one task night by night, with an alarm for slow decline");
  auto flags = std::make_shared<TrendFlags>();
  verb->add_option("task", flags->task, "the task, such as aime24")->required()->type_name("TASK");
  verb->add_option("store", flags->stores, "stores to take runs from (default: --db)");
  verb->add_option("--model", flags->model, "only runs of this model");
  verb->add_option("--cusum-reference", flags->cusum.reference,
                   "drift a night to allow for, in standard errors")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  verb->add_option("--cusum-threshold", flags->cusum.threshold,
                   "sum of drifts beyond it that is an alarm, in standard errors")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  verb->add_option("--format", flags->format, "table, markdown, json or csv")
      ->check(CLI::IsMember({"table", "markdown", "json", "csv"}))
      ->capture_default_str();
  verb->callback([&globals, &exit_code, flags] {
    const Result<std::string> text = trend(*flags, globals);
    if (text) print_result(*text);
    exit_code = text ? kDone : fail(text.error());
  });
}

}  // namespace proctor::harness
