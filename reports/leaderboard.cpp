#include "reports/leaderboard.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "reports/published_r1.h"

namespace proctor::reports {
namespace {

using Column = LeaderboardColumn;
using Kind = LeaderboardColumn::Kind;
using Entries = std::vector<const LeaderboardEntry*>;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// The columns of the R1 table, and of the quickstart suite in its likeness.
struct TaskColumns {
  const char* task;
  const char* title;
  bool consensus;  // has a column of votes too
  bool rating;     // is a rating, and nothing else
  std::optional<double> PublishedRow::*published = nullptr;
  std::optional<double> PublishedRow::*published_consensus = nullptr;
};

constexpr TaskColumns kR1[] = {
    {"aime24", "AIME24", true, false, &PublishedRow::aime24, &PublishedRow::aime24_cons64},
    {"math500", "MATH-500", false, false, &PublishedRow::math500},
    {"gpqa", "GPQA-D", false, false, &PublishedRow::gpqa},
    {"livecodebench", "LCB", false, false, &PublishedRow::livecodebench},
    {"codeforces", "Codeforces", false, true, &PublishedRow::codeforces},
};

constexpr TaskColumns kQuickstart[] = {
    {"quickstart-aime", "quickstart-aime", true, false},
    {"quickstart-math", "quickstart-math", false, false},
    {"quickstart-choice", "quickstart-choice", false, false},
    {"quickstart-code", "quickstart-code", false, false},
    {"quickstart-contest", "quickstart-contest", false, true},
};

constexpr const char* kReported = "as reported";

// The name stays the caller's.
TaskColumns columns_of(const std::string& task) {
  const std::span<const TaskColumns> kTables[] = {kR1, kQuickstart};
  for (const std::span<const TaskColumns> table : kTables) {
    for (const TaskColumns& columns : table) {
      if (columns.task == task) return columns;
    }
  }
  return {task.c_str(), task.c_str(), false, false};
}

// Of each model and task the newest entry, models by first appearance.
struct Chosen {
  std::vector<std::string> models;
  std::map<std::pair<std::string, std::string>, const LeaderboardEntry*> newest;

  const LeaderboardEntry* of(const std::string& model, const std::string& task) const {
    const auto found = newest.find({model, task});
    return found == newest.end() ? nullptr : found->second;
  }
};

Chosen choose(std::span<const LeaderboardEntry> entries, const std::vector<std::string>& tasks) {
  Chosen chosen;
  for (const LeaderboardEntry& entry : entries) {
    const std::string& task = entry.summary.task;
    if (std::find(tasks.begin(), tasks.end(), task) == tasks.end()) continue;
    if (std::find(chosen.models.begin(), chosen.models.end(), entry.model) == chosen.models.end()) {
      chosen.models.push_back(entry.model);
    }
    const LeaderboardEntry*& newest = chosen.newest[{entry.model, task}];
    if (newest == nullptr || newest->created_at <= entry.created_at) newest = &entry;
  }
  return chosen;
}

// The widest vote of the run: 64 where there are that many samples, as in the table.
const Metric* consensus_of(const TaskSummary& summary, int& votes) {
  constexpr int kTableVotes = 64;
  votes = std::min(summary.repeats, kTableVotes);
  const std::string name = fmt::format("cons@{}", votes);
  const auto found = std::find_if(summary.metrics.begin(), summary.metrics.end(),
                                  [&](const Metric& metric) { return metric.name == name; });
  return found == summary.metrics.end() ? nullptr : &*found;
}

std::vector<Column> make_columns(const Chosen& chosen, const std::vector<std::string>& tasks,
                                 bool published) {
  std::vector<Column> made;
  for (const std::string& task : tasks) {
    const TaskColumns columns = columns_of(task);
    std::set<std::string> methods;
    std::set<int> votes;
    bool unrated = false;
    for (const std::string& model : chosen.models) {
      const LeaderboardEntry* entry = chosen.of(model, task);
      if (entry == nullptr) continue;
      int width = 0;
      if (consensus_of(entry->summary, width) != nullptr) votes.insert(width);
      if (entry->summary.rating) methods.insert(entry->summary.rating->method);
      unrated = unrated || !entry->summary.rating;
    }
    if (!columns.rating || unrated) {
      made.push_back({Kind::pass_1, task, std::string(columns.title) + " pass@1", ""});
    }
    if (columns.consensus) {
      // 64 as in the paper, unless all runs have another number.
      const std::string width = votes.empty() || published ? "64"
                                : votes.size() == 1        ? std::to_string(*votes.begin())
                                                           : "K";
      made.push_back({Kind::consensus, task, fmt::format("{} cons@{}", columns.title, width), ""});
    }
    if (columns.rating && published && columns.published != nullptr) methods.insert(kReported);
    for (const std::string& method : methods) {
      made.push_back(
          {Kind::rating, task, fmt::format("{} rating ({})", columns.title, method), method});
    }
  }
  return made;
}

std::optional<LeaderboardCell> cell_of(const Column& column, const TaskSummary& summary) {
  switch (column.kind) {
    case Kind::pass_1:
      if (std::isnan(summary.pass_1)) return std::nullopt;
      return LeaderboardCell{summary.pass_1, summary.error_questions, summary.error_samples,
                             summary.coverage < 1 ? "*" : ""};
    case Kind::consensus: {
      int votes = 0;
      const Metric* metric = consensus_of(summary, votes);
      if (metric == nullptr || std::isnan(metric->value)) return std::nullopt;
      const bool titled = column.title.ends_with(fmt::format("@{}", votes));
      return LeaderboardCell{metric->value, kUnknown, kUnknown,
                             (metric->questions < summary.questions ? "*" : "") +
                                 (titled ? std::string() : fmt::format("(K={})", votes))};
    }
    case Kind::rating:
      if (!summary.rating || summary.rating->method != column.method) return std::nullopt;
      return LeaderboardCell{summary.rating->rating, summary.rating->error, kUnknown, ""};
  }
  return std::nullopt;
}

std::string recipe_of(const LeaderboardEntry& entry) {
  const TaskSummary& summary = entry.summary;
  return fmt::format("protocol {} {}, dataset {}, {} x {}, {}{}", summary.protocol,
                     entry.protocol_hash.substr(0, 12), entry.dataset_hash.substr(0, 12),
                     summary.questions, summary.repeats, summary.grader,
                     summary.rating ? "; " + summary.rating->label : "");
}

// "a" .. "z", "aa", ...
std::string mark_name(std::size_t place) {
  std::string name(1, static_cast<char>('a' + place % 26));
  return place < 26 ? name : mark_name(place / 26 - 1) + name;
}

// Marks the cells of tasks whose entries have unlike recipes, and says below what each is.
void explain_recipes(const Chosen& chosen, const std::vector<std::string>& tasks,
                     Leaderboard& table) {
  std::size_t marks = 0;
  for (const std::string& task : tasks) {
    std::vector<std::string> recipes;
    for (const std::string& model : chosen.models) {
      const LeaderboardEntry* entry = chosen.of(model, task);
      if (entry == nullptr) continue;
      const std::string recipe = recipe_of(*entry);
      if (std::find(recipes.begin(), recipes.end(), recipe) == recipes.end()) {
        recipes.push_back(recipe);
      }
    }
    if (recipes.size() <= 1) {
      for (const std::string& recipe : recipes) table.notes.push_back(task + ": " + recipe);
      continue;
    }
    for (std::size_t i = 0; i < recipes.size(); ++i) {
      table.notes.push_back(fmt::format("[{}] {}: {}", mark_name(marks + i), task, recipes[i]));
    }
    for (std::size_t r = 0; r < chosen.models.size(); ++r) {
      const LeaderboardEntry* entry = chosen.of(chosen.models[r], task);
      if (entry == nullptr) continue;
      const auto place = static_cast<std::size_t>(
          std::find(recipes.begin(), recipes.end(), recipe_of(*entry)) - recipes.begin());
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        std::optional<LeaderboardCell>& cell = table.rows[r].cells[c];
        if (table.columns[c].task != task || !cell) continue;
        cell->marks += fmt::format("[{}]", mark_name(marks + place));
      }
    }
    marks += recipes.size();
  }
}

LeaderboardRow published_row(const PublishedRow& row, const std::vector<Column>& columns) {
  LeaderboardRow made{.model = std::string(row.model), .measured = false};
  for (const Column& column : columns) {
    const TaskColumns task = columns_of(column.task);
    const auto field = column.kind == Kind::consensus ? task.published_consensus : task.published;
    const bool same = column.kind == Kind::rating ? column.method == kReported : !task.rating;
    std::optional<LeaderboardCell> cell;
    if (field != nullptr && same && row.*field) {
      const double scale = column.kind == Kind::rating ? 1 : 100;
      cell = LeaderboardCell{*(row.*field) / scale, kUnknown, kUnknown, ""};
    }
    made.cells.push_back(cell);
  }
  return made;
}

// By the first column, then by the second, and so on; what is missing comes last.
void sort_best_first(std::vector<LeaderboardRow>& rows) {
  const auto better = [](const std::optional<LeaderboardCell>& a,
                         const std::optional<LeaderboardCell>& b) {
    return a && (!b || a->value > b->value);
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const LeaderboardRow& a, const LeaderboardRow& b) {
    return std::lexicographical_compare(a.cells.begin(), a.cells.end(), b.cells.begin(),
                                        b.cells.end(), better);
  });
}

void add_published(Leaderboard& table) {
  for (const PublishedRow& row : published_r1()) {
    table.rows.push_back(published_row(row, table.columns));
    if (!row.note.empty()) table.notes.push_back(fmt::format("{}: {}", row.model, row.note));
  }
  table.notes.push_back(fmt::format("(reported): {}", published_r1_source()));
}

}  // namespace

std::vector<std::string> leaderboard_tasks(std::span<const LeaderboardEntry> entries) {
  const auto named = [](std::span<const TaskColumns> table) {
    std::vector<std::string> names;
    for (const TaskColumns& columns : table) names.emplace_back(columns.task);
    return names;
  };
  std::vector<std::string> present;
  for (const LeaderboardEntry& entry : entries) {
    const std::string& task = entry.summary.task;
    if (std::find(present.begin(), present.end(), task) == present.end()) present.push_back(task);
  }
  if (present.empty()) return named(kR1);
  for (std::vector<std::string> table : {named(kR1), named(kQuickstart)}) {
    const bool any = std::find_first_of(present.begin(), present.end(), table.begin(),
                                        table.end()) != present.end();
    if (any) return table;
  }
  return present;
}

Leaderboard make_leaderboard(std::span<const LeaderboardEntry> entries,
                             const LeaderboardOptions& options) {
  const std::vector<std::string> tasks =
      options.tasks.empty() ? leaderboard_tasks(entries) : options.tasks;
  const Chosen chosen = choose(entries, tasks);
  Leaderboard table{.columns = make_columns(chosen, tasks, options.published)};
  for (const std::string& model : chosen.models) {
    LeaderboardRow row{.model = model};
    for (const Column& column : table.columns) {
      const LeaderboardEntry* entry = chosen.of(model, column.task);
      row.cells.push_back(entry == nullptr ? std::nullopt : cell_of(column, entry->summary));
      if (entry == nullptr) continue;
      if (std::find(row.runs.begin(), row.runs.end(), entry->run) == row.runs.end()) {
        row.runs.push_back(entry->run);
      }
    }
    table.rows.push_back(std::move(row));
  }
  explain_recipes(chosen, tasks, table);
  sort_best_first(table.rows);
  if (options.published) add_published(table);
  return table;
}

}  // namespace proctor::reports
