#include <doctest/doctest.h>

#include <functional>

#include "tasks/contests/contests.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "tests/tasks/contests/answers.h"

namespace proctor::tasks::contests {
namespace {

using nlohmann::json;
using support::rating_changes_answer;
using support::standings_answer;

Result<JoinedContest> join(const json& standings, const json& changes) {
  const std::string table = standings.dump();
  const std::string ratings = changes.dump();
  return join_answers({"standings", table}, {"changes", ratings});
}

TEST_CASE("standings and rating changes are joined by handle") {
  const Result<JoinedContest> joined = join(standings_answer(), rating_changes_answer());
  REQUIRE(joined);
  const Contest& contest = joined->contest;
  CHECK(contest.id == "4242");
  CHECK(contest.name == "Practice Round");
  CHECK(contest.rules == ContestRules::points);
  CHECK(contest.start == 1'700'000'000);
  CHECK(contest.problems ==
        std::vector<ContestProblem>{{"A", 500, 800}, {"B", 1000, 1400}, {"C", 1500, 2000}});
  // Best first, and of equals the one of the higher rating; alone, official and rated.
  CHECK(contest.field ==
        std::vector<Contestant>{
            {2800, 0, 2000}, {1400, 0, 1600}, {480, 0, 1200}, {480, 0, kNewcomer}});
  CHECK(joined->left_out == LeftOut{1, 1, 1});
}

TEST_CASE("an educational contest has no points and its problems may be without a rating") {
  json standings = standings_answer();
  standings["result"]["contest"]["type"] = "ICPC";
  for (json& problem : standings["result"]["problems"]) problem.erase("points");
  standings["result"]["problems"][2].erase("rating");
  const Result<JoinedContest> joined = join(standings, rating_changes_answer());
  REQUIRE(joined);
  CHECK(joined->contest.rules == ContestRules::icpc);
  CHECK(joined->contest.problems ==
        std::vector<ContestProblem>{{"A", 0, 800}, {"B", 0, 1400}, {"C", 0, std::nullopt}});
}

TEST_CASE("answers that cannot be used are refused with the place") {
  struct Row {
    const char* what;
    std::function<void(json& standings, json& changes)> spoil;
    const char* message;
  };
  const Row kRows[] = {
      {"a refusal",
       [](json& s, json&) {
         s = {{"status", "FAILED"}, {"comment", "contestId: Contest with id 5 not found"}};
       },
       "standings: Codeforces says: contestId: Contest with id 5 not found"},
      {"something else", [](json& s, json&) { s = json::array({1}); },
       "standings: not an answer of the Codeforces API"},
      {"a running contest", [](json& s, json&) { s["result"]["contest"]["phase"] = "CODING"; },
       "standings: result.contest: field \"phase\": expected FINISHED, found \"CODING\""},
      {"other rules", [](json& s, json&) { s["result"]["contest"]["type"] = "IOI"; },
       "standings: result.contest: field \"type\": a contest by rules that give no rating here, "
       "IOI"},
      {"no points", [](json& s, json&) { s["result"]["problems"][1].erase("points"); },
       "standings: result.problems[1]: field \"points\": expected a number, found null"},
      {"one index twice", [](json& s, json&) { s["result"]["problems"][1]["index"] = "A"; },
       "standings: result.problems[1]: the second problem A"},
      {"no problem", [](json& s, json&) { s["result"]["problems"].clear(); },
       "standings: result.problems: no problem"},
      {"points that are text", [](json& s, json&) { s["result"]["rows"][3]["points"] = "many"; },
       "standings: result.rows[3]: field \"points\": expected a number, found \"many\""},
      {"a row that is none", [](json& s, json&) { s["result"]["rows"][3] = 4; },
       "standings: result.rows[3]: field \"party\": field \"participantType\": expected text, "
       "found "
       "null"},
      {"one contestant twice",
       [](json& s, json&) { s["result"]["rows"][6] = s["result"]["rows"][0]; },
       "standings: result.rows[6]: alice is there twice"},
      {"no rows", [](json& s, json&) { s["result"].erase("rows"); },
       "standings: result: field \"rows\": expected a list, found null"},
      {"an unrated contest", [](json&, json& c) { c["result"] = json::array(); },
       "changes: contest 4242 changed nobody's rating; only rated ones can be used"},
      {"another contest", [](json&, json& c) { c["result"][1]["contestId"] = 4243; },
       "changes: result[1]: field \"contestId\": expected 4242, found 4243"},
      {"a rating too large", [](json&, json& c) { c["result"][2]["oldRating"] = 5'000'000'000; },
       "changes: result[2]: field \"oldRating\": expected an integer, found 5000000000"},
      {"nobody in common",
       [](json& s, json&) {
         for (json& row : s["result"]["rows"]) row["party"]["participantType"] = "VIRTUAL";
       },
       "standings: result.rows: nobody of the standings has a rating change"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    json standings = standings_answer();
    json changes = rating_changes_answer();
    row.spoil(standings, changes);
    const Result<JoinedContest> joined = join(standings, changes);
    REQUIRE_FALSE(joined);
    CHECK(joined.error().code() == ErrorCode::invalid_input);
    CHECK(joined.error().message() == row.message);
  }
}

TEST_CASE("whole answers of the shared data are read") {
  const std::filesystem::path shared = support::shared_data();
  if (shared.empty()) SKIP("needs synthetic contests in the shared data: they are missing");
  struct Row {
    const char* id;
    ContestRules rules;
    std::size_t problems, contestants;
    int newcomers;
  };
  constexpr Row kRows[] = {{"99001", ContestRules::points, 6, 1973, 62},
                           {"99002", ContestRules::icpc, 4, 1911, 79}};
  for (const Row& row : kRows) {
    CAPTURE(row.id);
    const Result<FrozenContest> found = find_contest(shared / "codeforces/synthetic", row.id);
    REQUIRE(found);
    CHECK(found->contest.rules == row.rules);
    CHECK(found->contest.problems.size() == row.problems);
    CHECK(found->contest.field.size() == row.contestants);
    int newcomers = 0;
    for (const Contestant& one : found->contest.field) newcomers += one.rating == kNewcomer ? 1 : 0;
    CHECK(newcomers == row.newcomers);
  }
}

}  // namespace
}  // namespace proctor::tasks::contests
