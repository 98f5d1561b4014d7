// What process 1 asks the warm interpreter for: to put a program beside it, in its namespaces.
//
// The interpreter cannot be in the box, since it outlives it; and what it forks cannot be started
// by process 1. So process 1 sends it a handle on itself with everything that raise_fences() needs,
// and only reaps from then on. The interpreter forks into the pid namespace, and its child enters
// the others, raises the fences and runs the script. When that has ended, the interpreter writes
// the run's status and kills process 1, which is how every run ends for the supervisor.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sandbox/launch.h"
#include "sandbox/steps.h"

namespace proctor::sandbox {

// One message: this, then `limits` x ResourceLimit, `filter` x sock_filter, and the arguments, each
// ended by a 0. Both ends come from the same build, so values travel as they lie in memory.
struct WarmJob {
  Identity identity{};
  std::uint32_t limits = 0;
  std::uint32_t filter = 0;
  std::uint32_t argument_bytes = 0;
  bool cpu_clock_is_v2 = false;
  bool has_report = false;  // whether the descriptors that may be missing are among those sent
  bool has_landlock = false;
  bool has_cpu_clock = false;
  bool has_cgroup = false;
};
constexpr std::size_t kMaxWarmJob = 64 * 1024;

// The descriptors of the message, in this order. The first five are always there.
enum class WarmDescriptor : std::size_t {
  process_one,  // a pidfd
  status,       // the file of RunStatus
  input,
  output,
  error_output,
  report,
  landlock,
  cpu_clock,
  cgroup,
};
constexpr std::size_t kWarmDescriptors = 9;

// Sends the run's job to the interpreter at the other end of `launch.warm`. To be called by process
// 1 when all is mounted.
StepFailure hand_over(const Launch& launch);

// What process 1 does from then on: it reaps what the program leaves behind, and adds its CPU time
// to the run's.
[[noreturn]] void reap_until_killed(RunStatus& status);

}  // namespace proctor::sandbox
