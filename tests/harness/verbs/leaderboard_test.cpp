// `proctor leaderboard` through the real program.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/harness/support/run_fixture.h"
#include "tests/harness/support/scored_store.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

std::string printed(std::vector<std::string> arguments, int exit_code = 0) {
  arguments.insert(arguments.begin(), {PROCTOR_BINARY, "leaderboard"});
  const support::ChildEnd end = run_program(arguments);
  INFO(end.err);
  CHECK(end.exit_code == exit_code);
  return exit_code == 0 ? end.out : end.err;
}

TEST_CASE("the leaderboard shows the newest complete run of each model from several stores") {
  const support::TempDir dir;
  const std::string old = (dir / "old.db").string();
  const std::string recent = (dir / "new.db").string();
  add_scored_run(old, {.rows = {"11", "00"}, .task = "aime24", .model = "local/a"});
  add_scored_run(old, {.rows = {"11", "10"}, .task = "aime24", .model = "local/a"});
  add_scored_run(old, {.rows = {"11", "1."}, .task = "aime24", .model = "local/a"});
  add_scored_run(recent, {.rows = {"11", "11"}, .task = "aime24", .model = "local/b"});
  add_scored_run(recent, {.rows = {"10", "11"}, .task = "math500", .model = "local/a"});

  const json table = json::parse(printed({old, recent, "--json"}));
  REQUIRE(table.at("rows").size() == 2);
  CHECK(table.at("rows").at(0).at("model") == "local/b");  // the best first
  const json& a = table.at("rows").at(1).at("cells");
  CHECK(a.at("AIME24 pass@1").at("value") == doctest::Approx(0.75));
  CHECK(a.at("AIME24 cons@2").at("value") == doctest::Approx(0.75));
  CHECK(a.at("MATH-500 pass@1").at("value") == doctest::Approx(0.75));
  CHECK(table.at("rows").at(1).at("runs").size() == 2);

  const std::string text = printed({old, recent});
  CHECK(text.find("local/a: run 2 of old.db") != std::string::npos);
  CHECK(text.find("run 3 of old.db") == std::string::npos);
  CHECK(text.find("run 1 of old.db") == std::string::npos);
}

TEST_CASE("recipes that differ within a column are marked") {
  const support::TempDir dir;
  const std::string db = (dir / "a.db").string();
  add_scored_run(db, {.rows = {"11", "00"}, .task = "math500", .model = "local/a"});
  add_scored_run(db,
                 {.rows = {"11", "10"}, .task = "math500", .model = "local/b", .temperature = 1});
  const std::string text = printed({db});
  CHECK(text.find("[a]") != std::string::npos);
  CHECK(text.find("[b] math500: protocol r1") != std::string::npos);
  const std::string alone = printed({db, "--tasks", "aime24,math500"});
  CHECK(alone.find("AIME24 pass@1") != std::string::npos);
}

TEST_CASE("published rows say that nobody measured them here") {
  const support::TempDir dir;
  const std::string db = (dir / "a.db").string();
  add_scored_run(db, {.rows = {"11", "00"}, .task = "aime24", .model = "local/a"});
  for (const std::string format : {"table", "markdown", "html", "latex"}) {
    CAPTURE(format);
    const std::string text = printed({db, "--published", "--format", format});
    CHECK(text.find("DeepSeek-R1 (reported)") != std::string::npos);
    CHECK(text.find("not measured here") != std::string::npos);
    CHECK(text.find("79.8") != std::string::npos);
  }
  const std::string csv = printed({db, "--published", "--format", "csv"});
  CHECK(csv.find("DeepSeek-R1,no,Codeforces rating (as reported),codeforces,2029,,,\n") !=
        std::string::npos);
  const json table = json::parse(printed({db, "--published", "--format", "json"}));
  CHECK(table.at("rows").back().at("measured") == false);
  CHECK(printed({db}).find("reported") == std::string::npos);
}

TEST_CASE("the quickstart suite makes a table of its own") {
  const support::TempDir dir;
  const std::string db = (dir / "a.db").string();
  add_scored_run(db, {.rows = {"11", "00"}, .task = "quickstart-aime", .model = "tiny"});
  const std::string text = printed({db});
  CHECK(text.find("quickstart-aime pass@1") != std::string::npos);
  CHECK(text.find("MATH-500") == std::string::npos);
}

TEST_CASE("tasks that this program does not know are shown if there are runs of them") {
  const support::TempDir dir;
  const std::string db = (dir / "a.db").string();
  add_scored_run(db, {.rows = {"11", "00"}, .task = "homemade", .model = "tiny"});
  const std::string text = printed({db});
  CHECK(text.find("homemade pass@1") != std::string::npos);
  CHECK(text.find("50.0") != std::string::npos);
  CHECK(printed({db, "--tasks", "homemade,aime24"}).find("AIME24 pass@1") != std::string::npos);
  CHECK(printed({db, "--tasks", "homemade,bought"}, 2).find("bought") != std::string::npos);
}

TEST_CASE("a leaderboard of nothing is an error") {
  const support::TempDir dir;
  const std::string db = (dir / "a.db").string();
  add_scored_run(db, {.rows = {"1."}, .task = "aime24"});
  CHECK(printed({db}, 2).find("no complete run") != std::string::npos);
  CHECK(printed({db, "--tasks", "aime42"}, 2).find("aime42") != std::string::npos);
}

}  // namespace
}  // namespace proctor::harness
