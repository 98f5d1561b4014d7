// Threats of processes, signals and time (reference/code_judging.md, section 3.3).
#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>

#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"

namespace proctor::sandbox::test {

namespace {

using std::chrono::steady_clock;

// Runs it, and says how long that took from outside.
struct Timed {
  ProgramRun run;
  milliseconds outside;
};

Timed timed(Sandbox& sandbox, const Program& program, const Limits& limits = small_limits()) {
  const auto start = steady_clock::now();
  const Result<ProgramRun> run = sandbox.run(program, limits);
  const auto outside = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  REQUIRE_MESSAGE(run, run.error().message());
  CHECK(run_then_normal(sandbox, attacker("ignore_input")).exit_code == 0);
  return {*run, outside};
}

}  // namespace

TEST_CASE("a program has as many processes as it may and not one more") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("count_forks"));
  CHECK(run.ending == Ending::exited);
  CHECK(run.output == "19 forks, then Resource temporarily unavailable\n");
}

TEST_CASE("a fork bomb burns out within its limits") {
  REQUIRE_SANDBOX();
  const Timed bomb = timed(*shared_sandbox(), attacker("fork_bomb"));
  CHECK((bomb.run.ending == Ending::cpu_limit || bomb.run.ending == Ending::wall_limit));
  CHECK(bomb.outside < small_limits().wall + milliseconds(3000));
}

TEST_CASE("daemons die with the box") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("daemons"));
  CHECK(run.ending == Ending::exited);
  CHECK(run.output == "left behind\n");
}

TEST_CASE("time is of all threads and children together and ends whoever hides from signals") {
  REQUIRE_SANDBOX();
  for (const char* attack :
       {"spin_for_ever", "spin_in_threads", "spin_in_children", "spin_unkillably"}) {
    CAPTURE(attack);
    Limits limits = small_limits();
    limits.wall = milliseconds(20'000);
    const Timed spin = timed(*shared_sandbox(), attacker(attack), limits);
    CHECK(spin.run.ending == Ending::cpu_limit);
    CHECK(spin.run.cpu >= limits.cpu);
    CHECK(spin.outside < limits.wall);
  }
}

TEST_CASE("a CPU limit that is no whole number of seconds is kept to") {
  REQUIRE_SANDBOX();
  Limits limits = small_limits();
  limits.cpu = milliseconds(300);
  limits.wall = milliseconds(20'000);
  const Timed spin = timed(*shared_sandbox(), attacker("spin_for_ever"), limits);
  CHECK(spin.run.ending == Ending::cpu_limit);
  CHECK(spin.run.cpu >= limits.cpu);
}

TEST_CASE("whoever sleeps or stops is ended by the clock on the wall") {
  REQUIRE_SANDBOX();
  for (const char* attack : {"sleep_for_ever", "run_for_ever", "stop_itself"}) {
    CAPTURE(attack);
    Limits limits = small_limits();
    limits.wall = milliseconds(500);
    const Timed sleep = timed(*shared_sandbox(), attacker(attack), limits);
    CHECK(sleep.run.ending == Ending::wall_limit);
    CHECK(sleep.run.wall >= limits.wall);
    CHECK(sleep.run.cpu < limits.cpu);
  }
}

TEST_CASE("signals reach nobody outside and the program is not process 1") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("signal_others"));
  CHECK(run.ending == Ending::exited);
  CHECK(run.output.starts_with("pid is not 1\n"));
  CHECK(run.output.ends_with("others 0\n"));
}

TEST_CASE("threads work behind the fences") {
  REQUIRE_SANDBOX();
  CHECK(run_then_normal(*shared_sandbox(), attacker("use_threads")).output == "42\n");
}

TEST_CASE("exit codes and signals are told apart") {
  REQUIRE_SANDBOX();
  Sandbox& sandbox = *shared_sandbox();
  const ProgramRun left = run_then_normal(sandbox, attacker("no such attack"));
  CHECK(left.ending == Ending::exited);
  CHECK(left.exit_code == 99);
  CHECK(left.signal == 0);
  const ProgramRun killed = run_then_normal(sandbox, attacker("recurse_for_ever"));
  CHECK(killed.ending == Ending::signalled);
  CHECK(killed.signal == SIGSEGV);
}

}  // namespace proctor::sandbox::test
