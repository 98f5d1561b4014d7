#include "harness/data/contests.h"

#include <fmt/core.h>

#include <set>

#include "harness/data/contest_fetch.h"
#include "harness/files/json_text.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"
#include "tasks/task.h"

namespace proctor::harness::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tasks::contests::FrozenContest;
using tasks::contests::JoinedContest;
using tasks::contests::LeftOut;

constexpr std::size_t kHashPrefix = 12;

// A contest that a data folder has, or why it cannot be read.
struct ContestHolding {
  std::string id;
  fs::path path;
  Result<FrozenContest> contest;
};

std::vector<ContestHolding> contests_in(const fs::path& dir) {
  std::vector<ContestHolding> holdings;
  for (const std::string& id : tasks::contests::stored_contests(dir)) {
    holdings.push_back(
        {id, tasks::contests::contest_path(dir, id), tasks::contests::load_contest(dir, id)});
  }
  return holdings;
}

json to_json(const ContestHolding& holding) {
  json out = {{"task", kContestTask}, {"contest", holding.id}, {"path", holding.path.string()}};
  if (!holding.contest) {
    out["state"] = holding.contest.error().code() == ErrorCode::corrupt ? "damaged" : "unreadable";
    out["error"] = holding.contest.error().message();
    return out;
  }
  const Contest& contest = holding.contest->contest;
  out["state"] = "imported";
  out["title"] = contest.name;
  out["problems"] = contest.problems.size();
  out["contestants"] = contest.field.size();
  out["sha256"] = holding.contest->hash;
  out["source"] = holding.contest->source;
  return out;
}

// A contest that was stored, and what that changed.
struct Stored {
  FrozenContest contest;
  LeftOut left_out;
  fs::path path;
  bool unchanged = false;
};

std::string short_hash(const FrozenContest& contest) { return contest.hash.substr(0, kHashPrefix); }

// Standings change when cheaters are removed; a contest that becomes another one says so.
Result<Stored> store(const fs::path& dir, JoinedContest joined) {
  Stored stored{.contest = tasks::contests::freeze(std::move(joined.contest), joined.source),
                .left_out = joined.left_out,
                .path = {}};
  const std::string& id = stored.contest.contest.id;
  stored.path = tasks::contests::contest_path(dir, id);
  const Result<FrozenContest> old = tasks::contests::load_contest(dir, id);
  stored.unchanged = old && old->hash == stored.contest.hash;
  if (stored.unchanged) return stored;
  if (old) {
    say(fmt::format("proctor: replacing contest {} {} ({}) with {} ({})\n", id, short_hash(*old),
                    old->source, short_hash(stored.contest), stored.contest.source));
  }
  const Result<void> saved = tasks::contests::save_contest(dir, stored.contest);
  if (!saved) return saved.error();
  return stored;
}

std::string left_out_text(const LeftOut& left_out) {
  if (left_out == LeftOut()) return "";
  return fmt::format("; left out: {} unofficial, {} teams, {} unrated", left_out.unofficial,
                     left_out.teams, left_out.unrated);
}

void print_stored(const Stored& stored) {
  const Contest& contest = stored.contest.contest;
  print_result(fmt::format("contest {}: {}, {} problems, {} contestants {} {} (sha256 {}{})\n",
                           contest.id, contest.name, contest.problems.size(), contest.field.size(),
                           stored.unchanged ? "unchanged in" : "stored in", stored.path.string(),
                           short_hash(stored.contest), left_out_text(stored.left_out)));
}

json stored_json(const Stored& stored) {
  json out = to_json(ContestHolding{stored.contest.contest.id, stored.path, stored.contest});
  out["unchanged"] = stored.unchanged;
  out["left_out"] = {{"unofficial", stored.left_out.unofficial},
                     {"teams", stored.left_out.teams},
                     {"unrated", stored.left_out.unrated}};
  return out;
}

Result<void> check_ids(const std::vector<std::string>& ids) {
  std::set<std::string> seen;
  for (const std::string& id : ids) {
    const bool number = id.find_first_not_of("0123456789") == std::string::npos;
    if (!number || id.empty() || id.size() > 9 || id.front() == '0') {
      return Error(ErrorCode::invalid_input, "\"" + id + "\": not the number of a contest");
    }
    if (!seen.insert(id).second) {
      return Error(ErrorCode::invalid_input, "contest " + id + " is named twice");
    }
  }
  return {};
}

}  // namespace

// One after the other, each stored as soon as it is here; the first that cannot be had ends it.
ExitCode fetch_contests(const Globals& globals, const std::vector<std::string>& ids,
                        std::string base_url) {
  if (const Result<void> sound = check_ids(ids); !sound) return fail(sound.error());
  const Result<fs::path> dir = tasks::data_directory(globals.data, environment);
  if (!dir) return fail(dir.error());
  while (base_url.ends_with('/')) base_url.pop_back();
  ContestFetcher fetcher(base_url, real_fetch_world());
  json out = json::array();
  ExitCode exit_code = kDone;
  for (const std::string& id : ids) {
    say(fmt::format("proctor: fetching contest {} ({} of {})\n", id, out.size() + 1, ids.size()));
    Result<JoinedContest> joined = fetcher.fetch(id);
    Result<Stored> stored =
        joined ? store(*dir, std::move(*joined)) : Result<Stored>(joined.error());
    if (!stored) {
      exit_code = fail(stored.error().within("contest " + id));
      break;
    }
    out.push_back(stored_json(*stored));
    if (!globals.json) print_stored(*stored);
  }
  if (globals.json) print_result(indented_json(out));
  return exit_code;
}

ExitCode import_contests(const Globals& globals, std::span<const fs::path> files) {
  const Result<fs::path> dir = tasks::data_directory(globals.data, environment);
  if (!dir) return fail(dir.error());
  Result<std::vector<JoinedContest>> contests = tasks::contests::join_files(files);
  if (!contests) return fail(contests.error());
  json out = json::array();
  for (JoinedContest& joined : *contests) {
    const Result<Stored> stored = store(*dir, std::move(joined));
    if (!stored) return fail(stored.error());
    out.push_back(stored_json(*stored));
    if (!globals.json) print_stored(*stored);
  }
  if (globals.json) print_result(indented_json(out));
  return kDone;
}

void print_contests(const fs::path& dir) {
  const std::vector<ContestHolding> contests = contests_in(dir);
  if (contests.empty()) return;
  print_result("\ncontests:\n");
  for (const ContestHolding& holding : contests) {
    print_result(holding.contest
                     ? fmt::format("{:<16} {:>9}  {}\n", holding.id,
                                   holding.contest->contest.field.size(),
                                   holding.contest->contest.name)
                     : fmt::format("{:<16} {}\n", holding.id, holding.contest.error().message()));
  }
}

void add_contests(const fs::path& dir, json& out) {
  for (const ContestHolding& holding : contests_in(dir)) out.push_back(to_json(holding));
}

ExitCode verify_contests(const fs::path& dir, bool as_json, json& out) {
  ExitCode exit_code = kDone;
  for (const ContestHolding& holding : contests_in(dir)) {
    out.push_back(to_json(holding));
    if (!holding.contest) exit_code = fail(holding.contest.error());
    if (as_json) continue;
    print_result(holding.contest
                     ? fmt::format("contest {}: ok, {} contestants, sha256 {}\n", holding.id,
                                   holding.contest->contest.field.size(), holding.contest->hash)
                     : fmt::format("contest {}: damaged\n", holding.id));
  }
  return exit_code;
}

}  // namespace proctor::harness::data
