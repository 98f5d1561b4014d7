#include "harness/plan/suite.h"

#include <doctest/doctest.h>

#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::harness::plan;
using proctor::support::TempDir;

TEST_CASE("a suite names tasks, with or without their own sizes") {
  const TempDir dir;
  const auto file = dir.write("s.json", R"({"protocol":"r1","tasks":["aime24",
      {"task":"math500","samples":2,"limit":100},{"task":"aime25"}]})");
  const Result<Suite> suite = load_suite(file.string());
  REQUIRE(suite);
  CHECK(suite->protocol == "r1");
  CHECK(suite->tasks ==
        std::vector<TaskRequest>{{"aime24", {}, {}}, {"math500", 2, 100}, {"aime25", {}, {}}});
}

TEST_CASE("built-in suites need no file") {
  const Result<Suite> suite = load_suite("quickstart");
  REQUIRE(suite);
  CHECK(suite->tasks.size() == 5);
  CHECK(suite->tasks[3].may_be_left_out);  // where there is no sandbox
  CHECK_FALSE(suite->protocol);
}

TEST_CASE("the suite of the R1 table asks the questions of its window") {
  const Result<Suite> suite = load_suite("r1");
  REQUIRE(suite);
  CHECK(suite->selection.release == "release_v5");
  CHECK(suite->selection.window == "2024-08..2025-01");
  const TempDir dir;
  const auto file =
      dir.write("own.json", R"({"window":"2025-02..2025-04","tasks":["livecodebench"]})");
  const Result<Suite> own = load_suite(file.string());
  REQUIRE(own);
  CHECK(own->selection.window == "2025-02..2025-04");
  CHECK(own->selection.release.empty());
}

TEST_CASE("a suite that is no file is refused by name") {
  const TempDir dir;
  struct Row {
    std::string name;
    ErrorCode code;
  };
  const Row kRows[] = {
      {(dir.path() / "none.json").string(), ErrorCode::not_found},
      {dir.path().string(), ErrorCode::invalid_input},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const Result<Suite> suite = load_suite(row.name);
    REQUIRE_FALSE(suite);
    CHECK(suite.error().code() == row.code);
    CHECK(suite.error().message().find(row.name) != std::string::npos);
  }
}

TEST_CASE("a bad suite is refused with file and field") {
  struct Row {
    const char* content;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"{", "not valid JSON"},
      {"[]", "not a JSON object"},
      {"{}", "field \"tasks\""},
      {R"({"tasks":[]})", "field \"tasks\""},
      {R"({"tasks":"aime24"})", "field \"tasks\""},
      {R"({"tasks":[1]})", "tasks[0]"},
      {R"({"tasks":["a",{"samples":1}]})", "tasks[1]: field \"task\""},
      {R"({"tasks":[{"task":"a","samples":0}]})", "field \"samples\""},
      {R"({"tasks":[{"task":"a","limit":-1}]})", "field \"limit\""},
      {R"({"tasks":[{"task":"a","sample":4}]})", "field \"sample\": unknown"},
      {R"({"tasks":["a"],"protocol":1})", "field \"protocol\""},
      {R"({"tasks":["a"],"window":1})", "field \"window\""},
      {R"({"tasks":["a"],"model":"x"})", "field \"model\": unknown"},
  };
  const TempDir dir;
  for (const Row& row : kRows) {
    const std::string content = row.content;
    CAPTURE(content);
    const auto file = dir.write("bad.json", content);
    const Result<Suite> suite = load_suite(file.string());
    REQUIRE_FALSE(suite);
    CHECK(suite.error().code() == ErrorCode::invalid_input);
    CHECK(suite.error().message().find(file.string()) != std::string::npos);
    CHECK(suite.error().message().find(row.message) != std::string::npos);
  }
  const Result<Suite> missing = load_suite((dir / "none.json").string());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message().find("quickstart") != std::string::npos);
}
