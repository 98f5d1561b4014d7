// Contests that ratings are measured against: read from the answers of the Codeforces API, frozen
// in the data folder, and read back. README.md describes the files.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/contest.h"
#include "harness/core/result.h"

namespace proctor::tasks::contests {

// The content of a file or the body of an answer, and what messages shall call it.
struct Answer {
  std::string name;
  std::string_view text;
};

// Rows of standings that no rating is measured against.
struct LeftOut {
  int unofficial = 0;  // virtual, out of competition, practice
  int teams = 0;
  int unrated = 0;  // without a rating change, such as those above the limit of a division

  bool operator==(const LeftOut&) const = default;
};

struct JoinedContest {
  Contest contest;
  LeftOut left_out{};
  std::string source{};  // the names of the answers
};

// The contest that the answers of contest.standings and contest.ratingChanges tell of, joined by
// handle. Errors, naming the answer and the place in it: invalid_input, for text that is no such
// answer, for a contest that is still running, that is not rated, or that has scores other than
// points and ICPC's.
Result<JoinedContest> join_answers(const Answer& standings, const Answer& rating_changes);

// The same from files, in any order, of any number of contests: both answers for each.
// Errors: as join_answers(); not_found; io; invalid_input, for an answer without its other half.
Result<std::vector<JoinedContest>> join_files(std::span<const std::filesystem::path> files);

// Whether the text can name a contest: letters, digits, dashes and underscores.
bool is_contest_id(std::string_view text);

// The contest as one line of canonical JSON, and back. Errors: corrupt.
std::string format_contest(const Contest& contest);
Result<Contest> parse_contest(std::string_view text);

// A contest as it was frozen.
struct FrozenContest {
  Contest contest;
  std::string text;    // format_contest()
  std::string hash;    // of the text, SHA-256 in hex
  std::string source;  // names of the files or addresses that it came from
};

FrozenContest freeze(Contest contest, std::string source);

// Where a contest lies within a data folder: DIR/contests/ID.jsonl.
std::filesystem::path contest_path(const std::filesystem::path& dir, std::string_view id);

// Stores the contest in one atomic step; creates the folder. Errors: io, disk_full; what was there
// is then untouched.
Result<void> save_contest(const std::filesystem::path& dir, const FrozenContest& contest);

// Loads what save_contest() wrote, or the contest that is part of the program, and verifies its
// hash. Errors: not_found with the command that fetches it; corrupt; io.
Result<FrozenContest> load_contest(const std::filesystem::path& dir, std::string_view id);

// Loads a contest from any folder: frozen as ID.jsonl or contests/ID.jsonl, or as the answers
// contest.standings.ID.json and contest.ratingChanges.ID.json. Errors: not_found, saying which
// files would do; invalid_input; corrupt; io.
Result<FrozenContest> find_contest(const std::filesystem::path& folder, std::string_view id);

// Which contests a data folder has, sorted.
std::vector<std::string> stored_contests(const std::filesystem::path& dir);

}  // namespace proctor::tasks::contests
