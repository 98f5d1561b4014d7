#include <doctest/doctest.h>

#include "tasks/contests/contests.h"
#include "tests/support/temp_dir.h"
#include "tests/tasks/contests/answers.h"

namespace proctor::tasks::contests {
namespace {

using nlohmann::json;
using support::rating_changes_answer;
using support::standings_answer;

json of_contest(json answer, int id) {
  if (answer["result"].is_object()) {
    answer["result"]["contest"]["id"] = id;
  } else {
    for (json& row : answer["result"]) row["contestId"] = id;
  }
  return answer;
}

TEST_CASE("files find their other halves in any order") {
  const support::TempDir dir;
  const std::filesystem::path files[] = {
      dir.write("a.json", of_contest(rating_changes_answer(), 2).dump()),
      dir.write("b.json", of_contest(standings_answer(), 1).dump()),
      dir.write("c.json", of_contest(standings_answer(), 2).dump()),
      dir.write("d.json", of_contest(rating_changes_answer(), 1).dump())};
  const Result<std::vector<JoinedContest>> joined = join_files(files);
  REQUIRE(joined);
  REQUIRE(joined->size() == 2);
  CHECK((*joined)[0].contest.id == "1");
  CHECK((*joined)[0].source == "b.json, d.json");
  CHECK((*joined)[1].contest.id == "2");
  CHECK((*joined)[1].source == "c.json, a.json");
  CHECK((*joined)[1].left_out == LeftOut{1, 1, 1});
}

TEST_CASE("files that do not belong together are refused by name") {
  const support::TempDir dir;
  const std::filesystem::path standings = dir.write("s.json", standings_answer().dump());
  const std::filesystem::path again = dir.write("again.json", standings_answer().dump());
  const std::filesystem::path changes = dir.write("c.json", rating_changes_answer().dump());
  const std::filesystem::path other = dir.write("o.json", "{\"status\":\"OK\",\"result\":[]}");
  const std::filesystem::path text = dir.write("t.json", "not JSON");
  struct Row {
    std::vector<std::filesystem::path> files;
    std::string message;
  };
  const std::string neither =
      ": neither an answer of contest.standings nor one of contest.ratingChanges with a rated "
      "contestant";
  const Row kRows[] = {
      {{standings}, standings.string() + ": give contest.ratingChanges of contest 4242, too"},
      {{changes}, changes.string() + ": give contest.standings of contest 4242, too"},
      {{standings, changes, again}, again.string() + ": the same answer as " + standings.string()},
      {{standings, other}, other.string() + neither},
      {{text}, text.string() + neither},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    const Result<std::vector<JoinedContest>> joined = join_files(row.files);
    REQUIRE_FALSE(joined);
    CHECK(joined.error().code() == ErrorCode::invalid_input);
    CHECK(joined.error().message() == row.message);
  }
  const std::filesystem::path kNowhere[] = {dir / "nowhere.json"};
  const Result<std::vector<JoinedContest>> missing = join_files(kNowhere);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::not_found);
}

}  // namespace
}  // namespace proctor::tasks::contests
