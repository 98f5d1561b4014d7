// `proctor leaderboard`.
#include "reports/leaderboard.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "harness/figures/summary.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"
#include "tasks/task.h"

namespace proctor::harness {
namespace {

namespace fs = std::filesystem;
using reports::LeaderboardEntry;

struct LeaderboardFlags {
  std::vector<fs::path> stores;
  std::vector<std::string> tasks;
  bool published = false;
  std::string format = "table";
};

// A run that may be in the table.
struct Candidate {
  std::size_t store = 0;
  reports::RunInfo info;
};

std::set<std::string> names_in(const std::string& list) {
  std::set<std::string> names;
  std::istringstream stream(list);
  for (std::string name; std::getline(stream, name, ',');) names.insert(name);
  return names;
}

// The runs that are the newest of their model for one of their tasks, so that no other is read.
std::vector<Candidate> newest_of(const std::vector<Candidate>& all) {
  std::map<std::pair<std::string, std::string>, std::size_t> newest;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const std::string& task : names_in(all[i].info.tasks)) {
      const auto [place, first] = newest.try_emplace({all[i].info.model, task}, i);
      if (!first && all[place->second].info.created_at <= all[i].info.created_at) {
        place->second = i;
      }
    }
  }
  std::set<std::size_t> needed;
  for (const auto& [key, place] : newest) needed.insert(place);
  std::vector<Candidate> chosen;
  for (const std::size_t place : needed) chosen.push_back(all[place]);
  return chosen;
}

// A complete run is one that reached its coverage; the others are named on stderr.
Result<std::vector<Candidate>> complete_runs(std::vector<reports::Store>& stores,
                                             const std::vector<fs::path>& files) {
  std::vector<Candidate> complete;
  for (std::size_t i = 0; i < stores.size(); ++i) {
    const Result<std::vector<reports::RunInfo>> runs = stores[i].runs();
    if (!runs) return runs.error();
    std::size_t left_out = 0;
    for (const reports::RunInfo& info : *runs) {
      if (info.status == reports::RunStatus::complete) {
        complete.push_back({i, info});
      } else {
        ++left_out;
      }
    }
    if (left_out > 0) {
      say(fmt::format("proctor: {}: left out {} runs that are not complete\n", files[i].string(),
                      left_out));
    }
  }
  return complete;
}

Result<std::vector<LeaderboardEntry>> entries_of(reports::Store& store, const fs::path& file,
                                                 const reports::RunInfo& info) {
  const Result<RunPlan> plan = store.plan(info.id);
  if (!plan) return plan.error();
  Result<reports::RunReport> report = figures::summarize(store, info.id);
  if (!report) return report.error();
  std::vector<LeaderboardEntry> entries;
  for (std::size_t i = 0; i < report->tasks.size(); ++i) {
    entries.push_back(
        {.model = info.model,
         .run = fmt::format("run {} of {}, {}", info.id, file.filename().string(), info.created_at),
         .created_at = info.created_at,
         .dataset_hash = plan->tasks[i].dataset_hash,
         .protocol_hash = plan->tasks[i].protocol_hash,
         .summary = std::move(report->tasks[i])});
  }
  return entries;
}

// Whether there can be a column of that task: it is one of ours, or a run has it, as imported runs
// may have tasks of any name.
Result<void> check_column(const std::string& task, const std::vector<LeaderboardEntry>& entries) {
  const bool present =
      std::any_of(entries.begin(), entries.end(),
                  [&](const LeaderboardEntry& entry) { return entry.summary.task == task; });
  if (present) return {};
  const Result<const tasks::Task*> known = tasks::task_named(task);
  if (!known) return known.error();
  return {};
}

Result<std::string> leaderboard(const LeaderboardFlags& flags, const Globals& globals) {
  const std::vector<fs::path> files =
      flags.stores.empty() ? std::vector<fs::path>{globals.db} : flags.stores;
  std::vector<reports::Store> stores;
  for (const fs::path& file : files) {
    Result<reports::Store> store = reports::Store::open_for_reading(file);
    if (!store) return store.error();
    stores.push_back(std::move(*store));
  }
  const Result<std::vector<Candidate>> complete = complete_runs(stores, files);
  if (!complete) return complete.error();
  std::vector<LeaderboardEntry> entries;
  for (const Candidate& run : newest_of(*complete)) {
    Result<std::vector<LeaderboardEntry>> more =
        entries_of(stores[run.store], files[run.store], run.info);
    if (!more) return more.error();
    entries.insert(entries.end(), std::make_move_iterator(more->begin()),
                   std::make_move_iterator(more->end()));
  }
  for (const std::string& task : flags.tasks) {
    const Result<void> known = check_column(task, entries);
    if (!known) return known.error();
  }
  if (entries.empty() && !flags.published) {
    return Error(ErrorCode::not_found, "there is no complete run to show");
  }
  const reports::Leaderboard table =
      reports::make_leaderboard(entries, {.tasks = flags.tasks, .published = flags.published});
  const std::string& format = globals.json ? "json" : flags.format;
  return reports::format_leaderboard(table, *reports::leaderboard_format_named(format));
}

}  // namespace

void add_leaderboard_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand(
      "leaderboard", "models by benchmarks, as in the DeepSeek-R1 paper: the newest run of each");
  auto flags = std::make_shared<LeaderboardFlags>();
  verb->add_option("store", flags->stores, "stores to take runs from (default: --db)");
  verb->add_option("--tasks", flags->tasks,
                   "columns (default: the benchmarks of the R1 table if there are runs of any, "
                   "else the quickstart suite, else all tasks that there are runs of)")
      ->delimiter(',');
  verb->add_flag("--published", flags->published,
                 "add what DeepSeek reported, as rows that say so");
  verb->add_option("--format", flags->format, "table, markdown, html, csv, latex or json")
      ->check(CLI::IsMember({"table", "markdown", "html", "csv", "latex", "json"}))
      ->capture_default_str();
  verb->callback([&globals, &exit_code, flags] {
    const Result<std::string> text = leaderboard(*flags, globals);
    if (text) print_result(*text);
    exit_code = text ? kDone : fail(text.error());
  });
}

}  // namespace proctor::harness
