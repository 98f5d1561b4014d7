// What becomes of output that cannot be written: the program itself, with a stream that is full.
#include <doctest/doctest.h>

#include <string>

#include "harness/process/exit_code.h"
#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

// Runs a shell script, to which "$PROCTOR" is the program and `dir` is home.
support::ChildEnd run_script(const std::string& script, const support::TempDir& dir) {
  const Result<support::ChildEnd> end = support::run_child(
      {"sh", "-c", script},
      {.environment = {{"PROCTOR", PROCTOR_BINARY}, {"PROCTOR_DATA", dir.path().string()}},
       .directory = dir.path()});
  REQUIRE(end);
  return *end;
}

support::ChildEnd run_proctor(const std::string& arguments, const support::TempDir& dir) {
  return run_script("exec \"$PROCTOR\" " + arguments, dir);
}

// A store with one run, for `report` to find.
void store_run(const support::TempDir& dir) {
  dir.write("replies.jsonl", R"({"task":"quickstart-math","repeat":0,"text":"\\boxed{3/4}",)"
                             R"("question_id":"quickstart/prealgebra/1.json"})"
                             "\n");
  const support::ChildEnd end = run_proctor(
      "run quickstart-math --limit 1 --samples 1 --quiet --model replay/replies.jsonl", dir);
  CAPTURE(end.err);
  REQUIRE(end.exit_code == kDone);
}

constexpr const char* kCommands[] = {
    "data list",     "data list --json", "data verify", "report",
    "report --json", "--help",           "--version",
};

TEST_CASE("a result that cannot be written is said and is exit code 4") {
  const support::TempDir dir;
  store_run(dir);
  for (const char* command : kCommands) {
    CAPTURE(command);
    const support::ChildEnd end = run_proctor(std::string(command) + " >/dev/full", dir);
    CHECK_FALSE(end.signal);
    CHECK(end.exit_code == kCannot);
    CHECK(end.err == "proctor: error: the result could not be written to stdout\n");
  }
}

TEST_CASE("a reader that left is exit code 4 too and not a signal") {
  const support::TempDir dir;
  const support::ChildEnd end =
      run_script("mkfifo pipe; exec 3<>pipe 4>pipe 3<&-; exec \"$PROCTOR\" data list >&4", dir);
  CHECK_FALSE(end.signal);
  CHECK(end.exit_code == kCannot);
  CHECK(end.err == "proctor: error: the result could not be written to stdout\n");
}

TEST_CASE("a full stderr changes neither the result nor the exit code") {
  const support::TempDir dir;
  store_run(dir);
  for (const char* command : kCommands) {
    CAPTURE(command);
    const support::ChildEnd heard = run_proctor(command, dir);
    CHECK(heard.exit_code == kDone);
    CHECK(heard.err.empty());
    CHECK_FALSE(heard.out.empty());
    const support::ChildEnd unheard = run_proctor(std::string(command) + " 2>/dev/full", dir);
    CHECK(unheard.exit_code == kDone);
    CHECK(unheard.out == heard.out);
  }
  const support::ChildEnd refused = run_proctor("data verify no-such-task 2>/dev/full", dir);
  CHECK_FALSE(refused.signal);
  CHECK(refused.exit_code == kBadUsage);
}

}  // namespace
}  // namespace proctor::harness
