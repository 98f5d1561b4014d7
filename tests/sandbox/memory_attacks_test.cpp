// Threats of memory, disks and floods (reference/code_judging.md, section 3.3).
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <string>

#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"

namespace proctor::sandbox::test {

namespace {

constexpr Bytes kMiB = 1U << 20;

// Of this process, which is the judge.
Bytes resident_bytes() {
  std::ifstream file("/proc/self/statm");
  Bytes total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

bool cgroup_counts(const Sandbox& sandbox) { return has_layer(sandbox, "cgroup"); }

// With a cgroup the limit is met; without one the address space or the file size is at its end.
void check_stopped(const Sandbox& sandbox, const ProgramRun& run) {
  if (run.ending == Ending::exited) {
    CHECK(run.exit_code == 1);
  } else {
    CHECK(run.ending == Ending::memory_limit);
    CHECK(cgroup_counts(sandbox));
  }
}

}  // namespace

TEST_CASE("a memory bomb meets the memory limit and not the judge") {
  REQUIRE_SANDBOX();
  Sandbox& sandbox = *shared_sandbox();
  CHECK(run_then_normal(sandbox, attacker("ignore_input")).exit_code == 0);
  const Bytes before = resident_bytes();
  const ProgramRun run = run_then_normal(sandbox, attacker("touch_memory"));
  check_stopped(sandbox, run);
  CHECK(run.memory <= small_limits().memory);
  CHECK(resident_bytes() < before + 8 * kMiB);
  if (cgroup_counts(sandbox)) {
    CHECK(run.ending == Ending::memory_limit);
    CHECK(run.memory > small_limits().memory - 4 * kMiB);
  }
}

TEST_CASE("what is within the limit is given and measured") {
  REQUIRE_SANDBOX();
  Limits limits = small_limits();
  limits.memory = 700 * kMiB;
  limits.cpu = milliseconds(10'000);
  limits.wall = milliseconds(20'000);
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("touch_memory"), limits);
  CHECK(run.ending == Ending::exited);
  CHECK(run.exit_code == 0);
  CHECK(run.memory >= 512 * kMiB);
  CHECK(run.memory < 530 * kMiB);
}

TEST_CASE("children together meet the limit that none meets alone") {
  REQUIRE_SANDBOX();
  Sandbox& sandbox = *shared_sandbox();
  if (!cgroup_counts(sandbox)) SKIP("needs a memory cgroup: this user has none");
  // The kernel kills the largest: a child, and the parent sleeps on until the wall limit or is
  // next.
  const ProgramRun run = run_then_normal(sandbox, attacker("touch_memory_in_children"));
  CHECK(run.ending == Ending::memory_limit);
  CHECK(run.memory <= small_limits().memory);
}

TEST_CASE("addresses that are never used cost nothing where memory itself is counted") {
  REQUIRE_SANDBOX();
  Sandbox& sandbox = *shared_sandbox();
  const ProgramRun run = run_then_normal(sandbox, attacker("reserve_addresses"));
  CHECK(run.ending == Ending::exited);
  CHECK(run.output == (cgroup_counts(sandbox) ? "reserved\n" : "refused\n"));
}

TEST_CASE("memory that looks like files or segments is bounded too") {
  REQUIRE_SANDBOX();
  Sandbox& sandbox = *shared_sandbox();
  for (const char* attack : {"fill_shared_memory", "fill_disk", "fill_memfds", "fill_segments"}) {
    CAPTURE(attack);
    const ProgramRun run = run_then_normal(sandbox, attacker(attack));
    CAPTURE(run.output);
    // A file that outgrows RLIMIT_FSIZE ends its writer by SIGXFSZ.
    if (run.ending != Ending::signalled) check_stopped(sandbox, run);
    if (run.ending == Ending::signalled) CHECK(run.signal == SIGXFSZ);
  }
}

TEST_CASE("files run out before the kernel's memory does") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("make_many_files"));
  CHECK(run.ending == Ending::exited);
  CHECK(run.output.ends_with("No space left on device\n"));
}

TEST_CASE("the stack is as large as memory allows and its end is a crash") {
  REQUIRE_SANDBOX();
  const ProgramRun deep = run_then_normal(*shared_sandbox(), attacker("recurse_deeply"));
  CHECK(deep.ending == Ending::exited);
  CHECK(deep.output == "1000000\n");
  const ProgramRun endless = run_then_normal(*shared_sandbox(), attacker("recurse_for_ever"));
  CHECK(endless.ending == Ending::signalled);
  CHECK(endless.signal == SIGSEGV);
}

TEST_CASE("a flood of output is cut at the cap and ends the program") {
  REQUIRE_SANDBOX();
  Sandbox& sandbox = *shared_sandbox();
  const Limits limits = small_limits();
  const Bytes before = resident_bytes();
  for (const char* attack :
       {"flood_output", "flood_error_output", "flood_after_answer", "flood_report"}) {
    CAPTURE(attack);
    Program program = attacker(attack);
    program.report = true;
    const ProgramRun run = run_then_normal(sandbox, program, limits);
    CHECK(run.ending == Ending::output_limit);
    CHECK(run.output.size() <= limits.output);
    CHECK(run.error_output.size() <= limits.error_output);
    CHECK(run.report.size() <= limits.output);
    CHECK(run.wall < limits.wall);
  }
  CHECK(resident_bytes() < before + limits.output + 8 * kMiB);
}

TEST_CASE("output up to the cap is kept whole") {
  REQUIRE_SANDBOX();
  Limits limits = small_limits();
  limits.output = 100'000;
  const std::string write = "import sys\nsys.stdout.write('x' * int(sys.stdin.read()))\n";
  const ProgramRun whole = run_then_normal(*shared_sandbox(), python(write, "100000"), limits);
  CHECK(whole.ending == Ending::exited);
  CHECK(whole.output == std::string(100'000, 'x'));
  const ProgramRun over = run_then_normal(*shared_sandbox(), python(write, "100001"), limits);
  CHECK(over.ending == Ending::output_limit);
}

TEST_CASE("input that nobody reads holds nothing up") {
  REQUIRE_SANDBOX();
  Program program = attacker("ignore_input");
  program.input = std::string(100 * kMiB, 'z');
  const ProgramRun run = run_then_normal(*shared_sandbox(), program);
  CHECK(run.ending == Ending::exited);
  CHECK(run.exit_code == 0);
}

}  // namespace proctor::sandbox::test
