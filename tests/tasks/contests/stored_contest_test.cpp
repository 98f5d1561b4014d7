#include <doctest/doctest.h>

#include <fstream>

#include "harness/core/sha256.h"
#include "tasks/contests/contests.h"
#include "tests/support/temp_dir.h"
#include "tests/tasks/contests/answers.h"

namespace proctor::tasks::contests {
namespace {

Contest small_contest() {
  return {.id = "4242",
          .name = "Übung \"one\"",
          .rules = ContestRules::points,
          .start = 1'700'000'000,
          .problems = {{"A", 500, 800}, {"B2", 1000.5, std::nullopt}},
          .field = {{1480.5, 0, 2000}, {500, 30, kNewcomer}, {0, 0, -20}}};
}

TEST_CASE("a contest survives being written and read") {
  for (const ContestRules rules : {ContestRules::points, ContestRules::icpc}) {
    Contest contest = small_contest();
    contest.rules = rules;
    const std::string text = format_contest(contest);
    const Result<Contest> read = parse_contest(text);
    REQUIRE(read);
    CHECK(*read == contest);
    CHECK(format_contest(*read) == text);
  }
}

TEST_CASE("the frozen form is the documented one") {
  CHECK(format_contest(small_contest()) ==
        "{\"field\":[[1480.5,0,2000],[500,30,0],[0,0,-20]],\"id\":\"4242\",\"name\":\"Übung "
        "\\\"one\\\"\",\"problems\":[{\"index\":\"A\",\"points\":500,\"rating\":800},{\"index\":"
        "\"B2\",\"points\":1000.5}],\"rules\":\"CF\",\"start\":1700000000}");
}

TEST_CASE("text that no contest was written as is refused") {
  const std::string good = format_contest(small_contest());
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string kBad[] = {
      "",
      "[]",
      good.substr(0, good.size() - 1),
      good + " ",
      replaced("[0,0,-20]", "[0,0]"),
      replaced("[0,0,-20]", "[0,0,\"-20\"]"),
      replaced("[0,0,-20]", "[0,0,-20.5]"),
      replaced("\"CF\"", "\"IOI\""),
      replaced("\"4242\"", "4242"),
      replaced("\"4242\"", "\"../4242\""),
      replaced("\"start\":1700000000", "\"start\":1e300"),
      replaced("[[1480.5,0,2000],[500,30,0],[0,0,-20]]", "[]"),
  };
  for (const std::string& text : kBad) {
    CAPTURE(text);
    const Result<Contest> read = parse_contest(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == ErrorCode::corrupt);
  }
}

TEST_CASE("a stored contest is found and listed") {
  const support::TempDir dir;
  CHECK(stored_contests(dir.path()).empty());
  const FrozenContest frozen = freeze(small_contest(), "two files");
  CHECK(frozen.hash == sha256_hex(frozen.text));
  REQUIRE(save_contest(dir.path(), frozen));
  CHECK(contest_path(dir.path(), "4242") == dir / "contests/4242.jsonl");
  CHECK(stored_contests(dir.path()) == std::vector<std::string>{"4242"});
  for (const std::filesystem::path& folder : {dir.path(), dir / "contests"}) {
    const Result<FrozenContest> found = find_contest(folder, "4242");
    REQUIRE(found);
    CHECK(found->contest == small_contest());
    CHECK(found->hash == frozen.hash);
    CHECK(found->source == "two files");
  }
  const Result<FrozenContest> missing = load_contest(dir.path(), "4243");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::not_found);
  CHECK(missing.error().message() ==
        "contest 4243: not in " + (dir / "contests").string() +
            "; fetch it with: proctor data fetch codeforces-contest 4243");
}

TEST_CASE("every damaged byte of a stored contest but of its source is noticed") {
  const support::TempDir dir;
  REQUIRE(save_contest(dir.path(), freeze(small_contest(), "s")));
  const std::filesystem::path path = contest_path(dir.path(), "4242");
  const std::string good = support::read_file(path);
  const std::size_t source = good.find("\"source\":\"s\"") + 10;
  for (std::size_t at = 0; at < good.size(); ++at) {
    if (at == source || at + 1 == good.size()) continue;  // nor does the last line feed matter
    CAPTURE(at);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    std::ofstream(path, std::ios::binary) << bad;
    const Result<FrozenContest> found = load_contest(dir.path(), "4242");
    REQUIRE_FALSE(found);
    CHECK(found.error().code() == ErrorCode::corrupt);
  }
}

TEST_CASE("answers of the site stand in for a frozen contest") {
  const support::TempDir dir;
  dir.write("contest.standings.4242.json", support::standings_answer().dump());
  const Result<FrozenContest> half = find_contest(dir.path(), "4242");
  REQUIRE_FALSE(half);
  CHECK(half.error().code() == ErrorCode::not_found);
  CHECK(half.error().message().find("contest.ratingChanges.4242.json") != std::string::npos);

  dir.write("contest.ratingChanges.4242.json", support::rating_changes_answer().dump());
  const Result<FrozenContest> whole = find_contest(dir.path(), "4242");
  REQUIRE(whole);
  CHECK(whole->contest.field.size() == 4);
  CHECK(whole->source == "contest.standings.4242.json, contest.ratingChanges.4242.json");

  const Result<FrozenContest> missing = find_contest(dir.path(), "7");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() ==
        "contest 7: " + dir.path().string() + " has neither contest.standings.7.json nor 7.jsonl");
}

TEST_CASE("standings under the name of another contest are refused") {
  const support::TempDir dir;
  dir.write("contest.standings.1.json", support::standings_answer().dump());
  dir.write("contest.ratingChanges.1.json", support::rating_changes_answer().dump());
  const Result<FrozenContest> found = find_contest(dir.path(), "1");
  REQUIRE_FALSE(found);
  CHECK(found.error().message() ==
        (dir / "contest.standings.1.json").string() + ": the standings of contest 4242");
}

TEST_CASE("the contest of the quickstart is part of the program") {
  const support::TempDir empty;
  const Result<FrozenContest> found = load_contest(empty.path(), "quickstart-1");
  REQUIRE(found);
  CHECK(found->contest.field.size() == 200);
  CHECK(found->contest.problems.size() == 4);
}

TEST_CASE("names of contests are safe as names of files") {
  for (const char* good : {"1349", "quickstart-1", "a_B"}) CHECK(is_contest_id(good));
  for (const char* bad : {"", "..", "a/b", "1 2", "1.json"}) CHECK_FALSE(is_contest_id(bad));
}

}  // namespace
}  // namespace proctor::tasks::contests
