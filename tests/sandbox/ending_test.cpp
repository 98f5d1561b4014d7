#include "sandbox/ending.h"

#include <doctest/doctest.h>
#include <signal.h>

namespace proctor::sandbox::test {

namespace {

constexpr int exited(int code) { return code << 8; }  // wait(2)'s encoding on Linux
constexpr std::int64_t kMs = 1'000'000;

Limits limits() {
  Limits limits;
  limits.cpu = milliseconds(1000);
  limits.wall = milliseconds(2000);
  limits.memory = 100 << 20;
  return limits;
}

}  // namespace

TEST_CASE("the first limit that was met is the ending") {
  struct Row {
    const char* what;
    RunFacts facts;
    bool too_much_output;
    Ending ending;
  };
  const Row kRows[] = {
      {"nothing special", {.wait_status = exited(0)}, false, Ending::exited},
      {"an exit code", {.wait_status = exited(3)}, false, Ending::exited},
      {"a signal", {.wait_status = SIGSEGV}, false, Ending::signalled},
      {"too much output", {.wait_status = exited(0)}, true, Ending::output_limit},
      {"all at once",
       {.wait_status = SIGKILL,
        .killed = Killed::cpu,
        .out_of_memory = true,
        .together = true,
        .cpu_ns = 5000 * kMs},
       true,
       Ending::output_limit},
      {"memory before time",
       {.wait_status = SIGKILL, .killed = Killed::cpu, .out_of_memory = true, .together = true},
       false,
       Ending::memory_limit},
      {"a child killed for memory and survived",
       {.wait_status = exited(0), .out_of_memory = true, .together = true},
       false,
       Ending::exited},
      {"a child killed for memory and not survived",
       {.wait_status = exited(1), .out_of_memory = true, .together = true},
       false,
       Ending::memory_limit},
      {"refused memory when nearly all was used",
       {.wait_status = SIGABRT, .memory = 95 << 20},
       false,
       Ending::memory_limit},
      {"refused memory when little was used",
       {.wait_status = SIGABRT, .memory = 50 << 20},
       false,
       Ending::signalled},
      {"nearly all memory and a good end",
       {.wait_status = exited(0), .memory = 95 << 20},
       false,
       Ending::exited},
      {"more memory than allowed",
       {.wait_status = exited(0), .memory = 101 << 20},
       false,
       Ending::memory_limit},
      {"CPU time to the limit",
       {.wait_status = exited(0), .cpu_ns = 1000 * kMs},
       false,
       Ending::exited},
      {"CPU time past the limit",
       {.wait_status = exited(0), .cpu_ns = 1001 * kMs},
       false,
       Ending::cpu_limit},
      {"killed for CPU time",
       {.wait_status = SIGKILL, .killed = Killed::cpu},
       false,
       Ending::cpu_limit},
      {"CPU before wall",
       {.wait_status = SIGKILL,
        .killed = Killed::wall,
        .cpu_ns = 1500 * kMs,
        .wall_ns = 2000 * kMs},
       false,
       Ending::cpu_limit},
      {"killed for wall time",
       {.wait_status = SIGKILL, .killed = Killed::wall},
       false,
       Ending::wall_limit},
      {"wall time past the limit",
       {.wait_status = exited(0), .wall_ns = 2001 * kMs},
       false,
       Ending::wall_limit},
      {"SIGXCPU of the kernel's",
       {.wait_status = SIGXCPU, .cpu_ns = 800 * kMs},
       false,
       Ending::cpu_limit},
      {"SIGXCPU of its own making",
       {.wait_status = SIGXCPU, .cpu_ns = 10 * kMs},
       false,
       Ending::signalled},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    CHECK(run_from(row.facts, limits(), row.too_much_output).ending == row.ending);
  }
}

TEST_CASE("facts are handed on in the units of the contract") {
  const ProgramRun run =
      run_from({.wait_status = exited(7), .cpu_ns = 12'900'000, .wall_ns = 34'000'000, .memory = 5},
               limits(), false);
  CHECK(run.exit_code == 7);
  CHECK(run.signal == 0);
  CHECK(run.cpu == milliseconds(12));
  CHECK(run.wall == milliseconds(34));
  CHECK(run.memory == 5);
  CHECK(run_from({.wait_status = SIGFPE}, limits(), false).signal == SIGFPE);
}

}  // namespace proctor::sandbox::test
