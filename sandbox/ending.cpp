#include "sandbox/ending.h"

#include <signal.h>
#include <sys/wait.h>

namespace proctor::sandbox {

namespace {

bool ended_well(const RunFacts& facts) {
  return facts.killed == Killed::no && WIFEXITED(facts.wait_status) &&
         WEXITSTATUS(facts.wait_status) == 0;
}

// With a cgroup nothing gets past the limit, and the kernel says that it killed for memory; a
// program may survive the loss of a child. Without one, calls for more were refused, and a program
// that needed nearly all and failed is held to have failed for that.
bool met_memory_limit(const RunFacts& facts, const Limits& limits) {
  if (facts.together) return facts.out_of_memory && !ended_well(facts);
  if (facts.memory > limits.memory) return true;
  const bool nearly_all = facts.memory >= limits.memory - limits.memory / 10;
  return nearly_all && facts.killed == Killed::no && !ended_well(facts);
}

// The kernel's own limit counts in ticks, and so may run ahead of what was really used; a program
// that sends itself the same signal has used little.
bool met_cpu_limit(const RunFacts& facts, const Limits& limits) {
  const std::int64_t limit = std::chrono::nanoseconds(limits.cpu).count();
  const bool by_kernel = WIFSIGNALED(facts.wait_status) && WTERMSIG(facts.wait_status) == SIGXCPU &&
                         facts.cpu_ns > limit / 2;
  return facts.killed == Killed::cpu || facts.cpu_ns > limit || by_kernel;
}

bool met_wall_limit(const RunFacts& facts, const Limits& limits) {
  return facts.killed == Killed::wall ||
         facts.wall_ns > std::chrono::nanoseconds(limits.wall).count();
}

Ending ending_of(const RunFacts& facts, const Limits& limits, bool too_much_output) {
  if (too_much_output) return Ending::output_limit;
  if (met_memory_limit(facts, limits)) return Ending::memory_limit;
  if (met_cpu_limit(facts, limits)) return Ending::cpu_limit;
  if (met_wall_limit(facts, limits)) return Ending::wall_limit;
  return WIFSIGNALED(facts.wait_status) ? Ending::signalled : Ending::exited;
}

}  // namespace

ProgramRun run_from(const RunFacts& facts, const Limits& limits, bool too_much_output) {
  using std::chrono::nanoseconds;
  ProgramRun run;
  run.ending = ending_of(facts, limits, too_much_output);
  if (run.ending == Ending::exited) run.exit_code = WEXITSTATUS(facts.wait_status);
  if (WIFSIGNALED(facts.wait_status)) run.signal = WTERMSIG(facts.wait_status);
  run.cpu = std::chrono::duration_cast<milliseconds>(nanoseconds(facts.cpu_ns));
  run.wall = std::chrono::duration_cast<milliseconds>(nanoseconds(facts.wall_ns));
  run.memory = facts.memory;
  return run;
}

}  // namespace proctor::sandbox
