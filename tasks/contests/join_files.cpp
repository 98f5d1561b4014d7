// Which of some files belong together: contest.standings answers with an object that names its
// contest, contest.ratingChanges with a list whose rows do.
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/core/whole_file.h"
#include "tasks/contests/contests.h"

namespace proctor::tasks::contests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Half {
  std::string name;
  std::string text;
};

// Both halves of one contest, as far as they are there.
struct Halves {
  std::optional<Half> standings;
  std::optional<Half> changes;
};

using ByContest = std::map<int, Halves>;

// The contest that an answer is of; nothing, if it is none.
std::optional<int> contest_of(const json& result) {
  const json* holder = nullptr;
  const char* field = "contestId";
  if (result.is_array() && !result.empty()) holder = &result.front();
  if (result.is_object() && result.contains("contest")) {
    holder = &result["contest"];
    field = "id";
  }
  if (holder == nullptr || !holder->is_object() || !holder->contains(field)) return std::nullopt;
  const json& id = (*holder)[field];
  if (!id.is_number_unsigned()) return std::nullopt;
  return id.get<int>();
}

Result<void> add_file(const fs::path& path, ByContest& contests) {
  Result<std::string> text = read_whole_file(path);
  if (!text) return text.error();
  const json answer = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const json result = answer.is_object() ? answer.value("result", json()) : json();
  const std::optional<int> contest = contest_of(result);
  if (!contest) {
    return Error(ErrorCode::invalid_input,
                 "neither an answer of contest.standings nor one of contest.ratingChanges with a "
                 "rated contestant")
        .within(path.string());
  }
  Halves& halves = contests[*contest];
  std::optional<Half>& half = result.is_array() ? halves.changes : halves.standings;
  if (half) {
    return Error(ErrorCode::invalid_input, "the same answer as " + half->name)
        .within(path.string());
  }
  half = Half{path.string(), std::move(*text)};
  return {};
}

Error without_other_half(int contest, const Halves& halves) {
  const bool has_standings = halves.standings.has_value();
  return Error(ErrorCode::invalid_input,
               "give contest." + std::string(has_standings ? "ratingChanges" : "standings") +
                   " of contest " + std::to_string(contest) + ", too")
      .within(has_standings ? halves.standings->name : halves.changes->name);
}

}  // namespace

Result<std::vector<JoinedContest>> join_files(std::span<const fs::path> files) {
  ByContest contests;
  for (const fs::path& path : files) {
    if (const Result<void> added = add_file(path, contests); !added) return added.error();
  }
  std::vector<JoinedContest> joined;
  for (const auto& [id, halves] : contests) {
    if (!halves.standings || !halves.changes) return without_other_half(id, halves);
    Result<JoinedContest> contest = join_answers({halves.standings->name, halves.standings->text},
                                                 {halves.changes->name, halves.changes->text});
    if (!contest) return contest.error();
    contest->source = fs::path(halves.standings->name).filename().string() + ", " +
                      fs::path(halves.changes->name).filename().string();
    joined.push_back(std::move(*contest));
  }
  return joined;
}

}  // namespace proctor::tasks::contests
