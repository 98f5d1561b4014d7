// `proctor rating`, the real program.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "harness/process/exit_code.h"
#include "tests/support/child.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "tests/tasks/contests/answers.h"

namespace proctor::harness {
namespace {

using nlohmann::json;
using support::ChildEnd;
using support::TempDir;

ChildEnd run_rating(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {PROCTOR_BINARY, "rating"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Result<ChildEnd> end = support::run_child(argv);
  REQUIRE(end);
  return std::move(*end);
}

// Contest 4242: alice 2800 (2000), bob 1400 (1600), dave 480 (1200), carol 480 (newcomer).
void write_contest(const TempDir& dir) {
  dir.write("contest.standings.4242.json", support::standings_answer().dump());
  dir.write("contest.ratingChanges.4242.json", support::rating_changes_answer().dump());
}

TEST_CASE("a rating comes with all that it is of") {
  const TempDir dir;
  write_contest(dir);
  const std::string in =
      dir.write("outcomes.jsonl", R"({"contest_id":"4242","index":"A","attempts":[false,true]})"
                                  "\n\n"
                                  R"({"contest_id":4242,"index":"B","attempts":[true]})"
                                  "\n")
          .string();
  const std::string users = dir.write("users.json", "[1900,1000,1200,1500]").string();
  const ChildEnd text = run_rating({"--in", in, "--contests", dir.path().string(), "--percentiles",
                                    users, "--language", "C++17"});
  CAPTURE(text.err);
  REQUIRE(text.exit_code == kDone);
  CHECK(text.out.starts_with("rating (rank): "));
  CHECK(text.out.find(
            "of: outcomes.jsonl; contest 4242, 2 of 3 problems; 1 to 2 attempts a problem, "
            "in their order; language C++17; newcomers count as 1400") != std::string::npos);
  CHECK(text.out.find("percentile: 75.0 (of users.json, 4 users)") != std::string::npos);

  const ChildEnd end = run_rating({"--in", in, "--contests", dir.path().string(), "--json"});
  REQUIRE(end.exit_code == kDone);
  const json out = json::parse(end.out);
  CHECK(out["method"] == "rank");
  CHECK(out["standard_error_contests"].is_null());
  CHECK(out["percentile"].is_null());
  const json& contest = out["contests"][0];
  CHECK(contest["points"] == 450 + 1000);
  CHECK(contest["place"] == 2);
  CHECK(contest["contestants"] == 4);
  CHECK(contest["rating"] == out["rating"]);
  CHECK(contest["at_cap"] == false);
}

TEST_CASE("methods and ways of counting are named apart") {
  const TempDir dir;
  write_contest(dir);
  const std::string in =
      dir.write("in.jsonl", R"({"contest_id":4242,"index":"A","attempts":[false,true]})").string();
  struct Row {
    std::vector<std::string> flags;
    const char* method;
    const char* said;
  };
  const Row kRows[] = {
      {{}, "rank", "in their order"},
      {{"--expected"}, "rank-expected", "in expectation over their order"},
      {{"--newcomer-rating", "0"}, "rank", "newcomers count as 0"},
      {{"--method", "codeelo"}, "codeelo", "newcomers count as 0"},
      {{"--method", "likelihood"}, "likelihood", "prior 1500 ± 500"},
      {{"--method", "likelihood", "--expected"}, "likelihood-expected", "by the share"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.said);
    std::vector<std::string> arguments = {"--in", in, "--contests", dir.path().string()};
    arguments.insert(arguments.end(), row.flags.begin(), row.flags.end());
    const ChildEnd end = run_rating(arguments);
    CHECK(end.exit_code == kDone);
    CHECK(end.out.starts_with("rating (" + std::string(row.method) + "): "));
    CHECK(end.out.find(row.said) != std::string::npos);
  }
}

TEST_CASE("bad input is told with its file and line and field") {
  const TempDir dir;
  write_contest(dir);
  struct Row {
    const char* line;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"{", "in.jsonl:2: not JSON from byte"},
      {R"({"index":"B","attempts":[]})", "in.jsonl:2: field \"contest_id\": missing"},
      {R"({"contest_id":"../x","index":"B","attempts":[]})",
       "in.jsonl:2: field \"contest_id\": expected a contest's number or name, found \"../x\""},
      {R"({"contest_id":4242,"attempts":[]})", "in.jsonl:2: field \"index\": missing"},
      {R"({"contest_id":4242,"index":"B","attempts":true})",
       "in.jsonl:2: field \"attempts\": expected a list, found boolean"},
      {R"({"contest_id":4242,"index":"B","attempts":[true,null]})",
       "in.jsonl:2: field \"attempts\": [1]: expected true or false, found null"},
      {R"({"contest_id":4242,"index":"A","attempts":[true]})",
       "in.jsonl:2: field \"index\": problem A of contest 4242 for the second time"},
      {R"({"contest_id":4242,"index":"Q","attempts":[true]})",
       "in.jsonl:2: field \"index\": contest 4242 has no problem Q; it has A, B, C"},
      {R"({"contest_id":77,"index":"A","attempts":[true]})", "in.jsonl:2: contest 77: "},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.line);
    const std::string in =
        dir.write("in.jsonl", std::string(R"({"contest_id":4242,"index":"A","attempts":[true]})") +
                                  "\n" + row.line + "\n")
            .string();
    const ChildEnd end = run_rating({"--in", in, "--contests", dir.path().string()});
    CHECK(end.exit_code == kBadUsage);
    CHECK(end.out.empty());
    CHECK(end.err.find(row.message) != std::string::npos);
  }
}

TEST_CASE("files and flags that cannot be used are refused") {
  const TempDir dir;
  write_contest(dir);
  const std::string in =
      dir.write("in.jsonl", R"({"contest_id":4242,"index":"A","attempts":[true]})").string();
  const std::string empty = dir.write("empty.jsonl", "\n").string();
  const std::string idle =
      dir.write("idle.jsonl", R"({"contest_id":4242,"index":"A","attempts":[]})").string();
  const std::string no_list = dir.write("no_list.json", "{}").string();
  const std::string no_ratings = dir.write("no_ratings.json", "[1, \"x\"]").string();
  struct Row {
    std::vector<std::string> arguments;
    const char* message;
  };
  const Row kRows[] = {
      {{"--in", empty}, "empty.jsonl: no outcome of any problem"},
      {{"--in", (dir / "nowhere").string()}, "nowhere: cannot open"},
      {{"--in", in, "--percentiles", no_list}, "expected a JSON list of ratings"},
      {{"--in", in, "--percentiles", no_ratings}, "no_ratings.json: [1]: expected an integer"},
      {{"--in", in, "--method", "elo"}, "elo not in"},
      {{"--in", idle, "--method", "likelihood"}, "idle.jsonl: no attempt at a problem of known"},
      {{"--in", in, "--method", "likelihood", "--percentiles", no_list}, "not on the scale"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    std::vector<std::string> arguments = row.arguments;
    arguments.insert(arguments.end(), {"--contests", dir.path().string()});
    const ChildEnd end = run_rating(arguments);
    CHECK(end.exit_code == kBadUsage);
    CHECK((end.err + end.out).find(row.message) != std::string::npos);
  }
}

// By hand, for the labelled solutions of the synthetic contests in the order of the file: 99001 has
// A, C and E solved at the first attempt, 500 + 1500 + 2250 points; 99002 A, B and D, no penalty.
TEST_CASE("the labelled solutions of the synthetic contests have the rating worked out by hand") {
  const std::filesystem::path shared = support::shared_data();
  if (shared.empty()) SKIP("needs synthetic contests in the shared data: they are missing");
  const std::filesystem::path folder = shared / "codeforces/synthetic";
  std::map<std::pair<std::string, std::string>, std::vector<bool>> attempts;
  std::istringstream lines(support::read_file(folder / "solutions.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const json row = json::parse(line);
    const std::string id = row.at("problem_id");
    const std::size_t slash = id.find('/');
    attempts[{id.substr(0, slash), id.substr(slash + 1)}].push_back(row.at("verdict") == "OK");
  }
  std::string input;
  for (const auto& [problem, accepted] : attempts) {
    input += json{{"contest_id", problem.first}, {"index", problem.second}, {"attempts", accepted}}
                 .dump() +
             "\n";
  }
  const TempDir dir;
  const ChildEnd end = run_rating(
      {"--in", dir.write("in.jsonl", input).string(), "--contests", folder.string(), "--json"});
  REQUIRE(end.exit_code == kDone);
  const json out = json::parse(end.out);
  REQUIRE(out["contests"].size() == 2);
  CHECK(out["contests"][0]["points"] == 4250);
  CHECK(out["contests"][1]["points"] == 3);
  CHECK(out["contests"][1]["penalty"] == 0);
}

}  // namespace
}  // namespace proctor::harness
