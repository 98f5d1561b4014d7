// The table of models by benchmarks, as in the DeepSeek-R1 paper, from reports of runs. Pure.
//
// A column holds one quantity: recipes that differ within it are marked and explained below the
// table, ratings by another method have a column of their own, and published figures are rows that
// say so.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.h"

namespace proctor::reports {

// One task of one run, as the table may show it.
struct LeaderboardEntry {
  std::string model;
  std::string run;         // "run 3 of proctor.db, 2026-01-02T03:04:05Z"
  std::string created_at;  // ISO 8601: of two entries of a model and task the newer one is shown
  std::string dataset_hash;
  std::string protocol_hash;
  TaskSummary summary;
};

struct LeaderboardOptions {
  std::vector<std::string> tasks{};  // columns, in this order; empty: see leaderboard_tasks()
  bool published = false;            // DeepSeek's rows too
};

struct LeaderboardColumn {
  enum class Kind { pass_1, consensus, rating };
  Kind kind = Kind::pass_1;
  std::string task{};
  std::string title{};   // "AIME24 pass@1"
  std::string method{};  // of a rating
};

struct LeaderboardCell {
  double value = 0;            // a share, or a rating
  double error_questions = 0;  // questions like these, or other contests; NaN if unknown
  double error_samples = 0;    // these questions; NaN if unknown
  std::string marks{};         // "[a]": see the notes
};

struct LeaderboardRow {
  std::string model;
  bool measured = true;                                 // by this program
  std::vector<std::optional<LeaderboardCell>> cells{};  // one a column
  std::vector<std::string> runs{};                      // where they are from
};

struct Leaderboard {
  std::vector<LeaderboardColumn> columns{};
  std::vector<LeaderboardRow> rows{};  // best first; published ones at the end
  std::vector<std::string> notes{};
};

// The tasks of the R1 table if any entry is of one of them or there is none, else those of the
// quickstart suite if any is, else those of the entries, by first appearance.
std::vector<std::string> leaderboard_tasks(std::span<const LeaderboardEntry> entries);

Leaderboard make_leaderboard(std::span<const LeaderboardEntry> entries,
                             const LeaderboardOptions& options);

enum class LeaderboardFormat { table, markdown, html, csv, latex, json };
std::optional<LeaderboardFormat> leaderboard_format_named(std::string_view name);

// Text that ends with a line break; HTML is a whole page.
std::string format_leaderboard(const Leaderboard& leaderboard, LeaderboardFormat format);

}  // namespace proctor::reports
