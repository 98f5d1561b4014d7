#include "tests/support/child.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <thread>

namespace proctor::support {

namespace {

using std::chrono::milliseconds;

Result<ChildEnd> run_shell(const std::string& script, const ChildOptions& options = {}) {
  return run_child({"sh", "-c", script}, options);
}

}  // namespace

TEST_CASE("a child tells how it ended and what it said") {
  const Result<ChildEnd> end = run_shell("echo out; echo err >&2; exit 7");
  REQUIRE(end);
  CHECK(end->exit_code == 7);
  CHECK(!end->signal);
  CHECK(!end->ran_too_long);
  CHECK(end->out == "out\n");
  CHECK(end->err == "err\n");
  CHECK(end->max_rss_kib > 0);
}

TEST_CASE("a child that died of a signal has no exit code") {
  const Result<ChildEnd> end = run_shell("kill -TERM $$");
  REQUIRE(end);
  CHECK(end->signal == SIGTERM);
  CHECK(!end->exit_code);
}

TEST_CASE("a program that is not there is an error, not an exit code") {
  const Result<ChildEnd> end = run_child({"/nowhere/no-such-program"});
  REQUIRE(!end);
  CHECK(end.error().code() == ErrorCode::not_found);
  CHECK(end.error().message() == "/nowhere/no-such-program: No such file or directory");
}

TEST_CASE("a child gets its folder, its variables and an empty stdin") {
  const TempDir folder;
  const Result<ChildEnd> end =
      run_shell("pwd; echo $PROCTOR_TEST_A $HOME; cat",
                {.environment = {{"PROCTOR_TEST_A", "a b"}, {"HOME", "/elsewhere"}},
                 .directory = folder.path()});
  REQUIRE(end);
  CHECK(end->out == folder.path().string() + "\na b /elsewhere\n");
}

TEST_CASE("a held stdin stays open until it is released") {
  Result<Child> child = Child::start({"sh", "-c", "cat; echo over"}, {.hold_stdin = true});
  REQUIRE(child);
  std::this_thread::sleep_for(milliseconds(50));
  CHECK(child->out().empty());
  child->release_stdin();
  CHECK(child->wait().out == "over\n");
}

TEST_CASE("a running child is read and killed") {
  Result<Child> child = Child::start({"sh", "-c", "echo started; exec sleep 600"});
  REQUIRE(child);
  while (child->out().empty()) std::this_thread::sleep_for(milliseconds(1));
  child->kill(SIGINT);
  const ChildEnd end = child->wait();
  CHECK(end.out == "started\n");
  CHECK(end.signal == SIGINT);
}

TEST_CASE("a child that runs too long is killed, and says so") {
  Result<Child> child = Child::start({"sleep", "600"});
  REQUIRE(child);
  const ChildEnd end = child->wait(milliseconds(20));
  CHECK(end.ran_too_long);
  CHECK(end.signal == SIGKILL);
}

TEST_CASE("a child that is let go of is killed") {
  pid_t pid = 0;
  {
    const Result<Child> child = Child::start({"sleep", "600"});
    REQUIRE(child);
    pid = child->pid();
    CHECK(kill(pid, 0) == 0);
  }
  CHECK(kill(pid, 0) == -1);
}

TEST_CASE("processor time is the child's own") {
  const Result<ChildEnd> busy = run_shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
  const Result<ChildEnd> idle = run_child({"sleep", "0.2"});
  REQUIRE(busy);
  REQUIRE(idle);
  CHECK(busy->user_cpu + busy->system_cpu > idle->user_cpu + idle->system_cpu);
}

}  // namespace proctor::support
