// `proctor data` and contests: the real program, a data folder of the test's own, and a server on
// loopback in place of the site.
#include "tasks/contests/contests.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/process/exit_code.h"
#include "tests/support/child.h"
#include "tests/support/fake_server.h"
#include "tests/support/temp_dir.h"
#include "tests/tasks/contests/answers.h"

namespace proctor::harness::data {
namespace {

using nlohmann::json;
using support::ChildEnd;
using support::TempDir;

ChildEnd run_data(const TempDir& dir, std::vector<std::string> arguments) {
  std::vector<std::string> argv = {PROCTOR_BINARY, "--data", (dir / "data").string(), "data"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Result<ChildEnd> end = support::run_child(argv);
  REQUIRE(end);
  return std::move(*end);
}

// The site, as far as contest 4242 goes.
support::Answer answer_of_site(const support::HttpRequest& request) {
  if (request.path == "/api/contest.standings?contestId=4242&showUnofficial=false") {
    return support::respond_json(200, support::standings_answer().dump());
  }
  if (request.path == "/api/contest.ratingChanges?contestId=4242") {
    return support::respond_json(200, support::rating_changes_answer().dump());
  }
  return support::respond_json(
      400, R"({"status":"FAILED","comment":"contestId: Contest with id 5 not found"})");
}

std::string site_of(const support::FakeServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + "/api/";
}

TEST_CASE("a contest is fetched once and stays the same") {
  const TempDir dir;
  const support::FakeServer server(answer_of_site);
  const ChildEnd fetched =
      run_data(dir, {"fetch", "codeforces-contest", "4242", "--base-url", site_of(server)});
  CAPTURE(fetched.err);
  REQUIRE(fetched.exit_code == kDone);
  CHECK(
      fetched.out.starts_with("contest 4242: Practice Round, 3 problems, 4 contestants stored in " +
                              (dir / "data/contests/4242.jsonl").string()));
  CHECK(fetched.out.find("left out: 1 unofficial, 1 teams, 1 unrated") != std::string::npos);
  const auto stored = tasks::contests::load_contest(dir / "data", "4242");
  REQUIRE(stored);
  CHECK(stored->source.starts_with(site_of(server) + "contest.standings?contestId=4242"));

  const ChildEnd listed = run_data(dir, {"list", "--json"});
  const json rows = json::parse(listed.out);
  CHECK(rows.back()["contest"] == "4242");
  CHECK(rows.back()["sha256"] == stored->hash);
  CHECK(rows.back()["contestants"] == 4);

  const ChildEnd again = run_data(
      dir, {"fetch", "codeforces-contest", "4242", "--base-url", site_of(server), "--json"});
  CHECK(again.exit_code == kDone);
  CHECK(json::parse(again.out)[0]["unchanged"] == true);
}

TEST_CASE("a contest that is not there is an error in the words of the site") {
  const TempDir dir;
  const support::FakeServer server(answer_of_site);
  const ChildEnd fetched =
      run_data(dir, {"fetch", "codeforces-contest", "5", "--base-url", site_of(server)});
  CHECK(fetched.exit_code == kBadUsage);
  CHECK(fetched.err.find("Codeforces says: contestId: Contest with id 5 not found") !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir / "data/contests"));
}

TEST_CASE("names that are no numbers of contests are refused before anybody is asked") {
  const TempDir dir;
  for (const char* id : {"abc", "0", "-1", "1234567890"}) {
    CAPTURE(id);
    const ChildEnd fetched = run_data(
        dir, {"fetch", "codeforces-contest", "--base-url", "http://127.0.0.1:9", "--", id});
    CHECK(fetched.exit_code == kBadUsage);
  }
  CHECK(run_data(dir, {"fetch", "codeforces-contest", "7", "7"}).exit_code == kBadUsage);
  CHECK(run_data(dir, {"fetch", "aime24", "7"}).exit_code == kBadUsage);
}

TEST_CASE("contests are imported from files and a change is announced") {
  const TempDir dir;
  json standings = support::standings_answer();
  const std::string table = dir.write("standings.json", standings.dump()).string();
  const std::string changes =
      dir.write("changes.json", support::rating_changes_answer().dump()).string();
  const ChildEnd first = run_data(dir, {"import", changes, table, "--task", "codeforces-contest"});
  CAPTURE(first.err);
  REQUIRE(first.exit_code == kDone);
  CHECK(first.out.starts_with("contest 4242: Practice Round, 3 problems, 4 contestants stored"));
  CHECK(first.err.find("replacing") == std::string::npos);

  standings["result"]["rows"].erase(0);  // a cheater is removed
  dir.write("standings.json", standings.dump());
  const ChildEnd second = run_data(dir, {"import", changes, table, "--task", "codeforces-contest"});
  CHECK(second.exit_code == kDone);
  CHECK(second.err.find("replacing contest 4242") != std::string::npos);

  const ChildEnd alone = run_data(dir, {"import", changes, "--task", "codeforces-contest"});
  CHECK(alone.exit_code == kBadUsage);
  CHECK(alone.err.find("give contest.standings of contest 4242, too") != std::string::npos);
}

TEST_CASE("a damaged contest is found by verification") {
  const TempDir dir;
  const std::string files[] = {
      dir.write("s.json", support::standings_answer().dump()).string(),
      dir.write("c.json", support::rating_changes_answer().dump()).string()};
  REQUIRE(run_data(dir, {"import", files[0], files[1], "--task", "codeforces-contest"}).exit_code ==
          kDone);
  const ChildEnd sound = run_data(dir, {"verify", "codeforces-contest"});
  CHECK(sound.exit_code == kDone);
  CHECK(sound.out.starts_with("contest 4242: ok, 4 contestants, sha256 "));

  const std::filesystem::path path = dir / "data/contests/4242.jsonl";
  std::string text = support::read_file(path);
  text.replace(text.find("[2800,0,2000]"), 13, "[2801,0,2000]");
  std::ofstream(path) << text;
  const ChildEnd damaged = run_data(dir, {"verify"});
  CHECK(damaged.exit_code == kCannot);
  CHECK(damaged.err.find("does not have the hash") != std::string::npos);
  CHECK(run_data(dir, {"list"}).out.find("does not have the hash") != std::string::npos);
}

}  // namespace
}  // namespace proctor::harness::data
