// Contests on disk, and the one within the program.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "harness/core/check.h"
#include "harness/core/sha256.h"
#include "harness/core/whole_file.h"
#include "tasks/contests/contests.h"
#include "tasks/files.h"
#include "tasks/json_lines.h"

namespace proctor::embedded {
extern const std::string_view kQuickstartContest;
}  // namespace proctor::embedded

namespace proctor::tasks::contests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::string_view kEmbeddedId = "quickstart-1";
constexpr std::string_view kExtension = ".jsonl";

Error corrupt(const std::string& place, std::string_view message) {
  return Error(ErrorCode::corrupt, std::string(message)).within(place);
}

std::string header_of(const FrozenContest& contest) {
  const json header = {{"proctor_contest", kFormat},
                       {"id", contest.contest.id},
                       {"sha256", contest.hash},
                       {"source", contest.source}};
  return header.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<FrozenContest> parse_stored(const NamedText& file, std::string_view id) {
  const Result<std::vector<Line>> lines = split_lines(file);
  if (!lines) return Error(ErrorCode::corrupt, lines.error().message());
  if (lines->size() != 2) return corrupt(file.name, "not a contest as proctor stores it");
  const Line& header = lines->front();
  const Line& body = lines->back();
  const json parsed = json::parse(header.text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object() || parsed.value("proctor_contest", json()) != kFormat) {
    return corrupt(header.place, "not the header of a contest that this proctor reads");
  }
  Result<Contest> contest = parse_contest(body.text);
  if (!contest) return contest.error().within(body.place);
  const json source = parsed.value("source", json());
  FrozenContest frozen =
      freeze(std::move(*contest), source.is_string() ? source.get<std::string>() : "");
  if (header_of(frozen) != header.text) {
    return corrupt(header.place, "the contest does not have the hash that the header states");
  }
  if (frozen.contest.id != id) return corrupt(header.place, "contest " + frozen.contest.id);
  return frozen;
}

Result<FrozenContest> load_stored(const fs::path& path, std::string_view id) {
  const Result<std::string> text = read_whole_file(path);
  if (!text) return text.error();
  return parse_stored({path.string(), *text}, id);
}

Result<FrozenContest> load_answers(const fs::path& standings, const fs::path& changes,
                                   std::string_view id) {
  const Result<std::string> table = read_whole_file(standings);
  if (!table) return table.error();
  const Result<std::string> ratings = read_whole_file(changes);
  if (!ratings) return ratings.error();
  Result<JoinedContest> joined =
      join_answers({standings.string(), *table}, {changes.string(), *ratings});
  if (!joined) return joined.error();
  if (joined->contest.id != id) {
    return Error(ErrorCode::invalid_input, "the standings of contest " + joined->contest.id)
        .within(standings.string());
  }
  return freeze(std::move(joined->contest),
                standings.filename().string() + ", " + changes.filename().string());
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}  // namespace

fs::path contest_path(const fs::path& dir, std::string_view id) {
  check(is_contest_id(id));
  return dir / "contests" / (std::string(id) + std::string(kExtension));
}

Result<void> save_contest(const fs::path& dir, const FrozenContest& contest) {
  return replace_file(contest_path(dir, contest.contest.id),
                      header_of(contest) + "\n" + contest.text + "\n");
}

Result<FrozenContest> load_contest(const fs::path& dir, std::string_view id) {
  if (id == kEmbeddedId) return parse_stored({std::string(id), embedded::kQuickstartContest}, id);
  const fs::path path = contest_path(dir, id);
  Result<FrozenContest> contest = load_stored(path, id);
  if (contest || contest.error().code() != ErrorCode::not_found) return contest;
  return Error(ErrorCode::not_found,
               "contest " + std::string(id) + ": not in " + path.parent_path().string() +
                   "; fetch it with: proctor data fetch codeforces-contest " + std::string(id));
}

Result<FrozenContest> find_contest(const fs::path& folder, std::string_view id) {
  check(is_contest_id(id));
  const std::string name(id);
  const fs::path standings = folder / ("contest.standings." + name + ".json");
  const fs::path changes = folder / ("contest.ratingChanges." + name + ".json");
  const fs::path frozen = folder / (name + std::string(kExtension));
  if (is_there(standings)) return load_answers(standings, changes, id);
  if (is_there(frozen)) return load_stored(frozen, id);
  Result<FrozenContest> contest = load_contest(folder, id);
  if (contest || contest.error().code() != ErrorCode::not_found) return contest;
  return Error(ErrorCode::not_found, "contest " + name + ": " + folder.string() + " has neither " +
                                         standings.filename().string() + " nor " +
                                         frozen.filename().string());
}

std::vector<std::string> stored_contests(const fs::path& dir) {
  std::vector<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator entry(dir / "contests", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string id = entry->path().stem().string();
    if (entry->path().extension() == kExtension && is_contest_id(id)) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace proctor::tasks::contests
