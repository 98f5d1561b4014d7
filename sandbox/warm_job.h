// What the supervisor asks the warm interpreter for: a process 1 that has the interpreter's memory.
//
// The interpreter outlives boxes and so cannot be in one. It forks itself straight into the new
// namespaces, as a child of the supervisor's (CLONE_PARENT), says the child's number, and has
// nothing more to do with it. The child furnishes the box, raises all fences around itself before
// it has read anything of the program, and then serves (fork_server.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/core/result.h"
#include "sandbox/launch.h"

namespace proctor::sandbox {

// One message: this, then `limits` x ResourceLimit, `filter` x sock_filter, and the arguments, each
// ended by a 0. Both ends come from the same build, so values travel as they lie in memory.
// The answer is an int32: the number of the new process, or minus the errno for which there is
// none.
struct WarmJob {
  Identity identity{};
  std::uint32_t limits = 0;
  std::uint32_t filter = 0;
  std::uint32_t argument_bytes = 0;
  bool own_proc = false;
  bool cpu_clock_is_v2 = false;
  bool has_landlock = false;  // whether the descriptors that may be missing are among those sent
  bool has_cpu_clock = false;
  bool has_cgroup = false;
};
constexpr std::size_t kMaxWarmJob = 64 * 1024;

// The descriptors of the message, in this order. The first four are always there.
enum class WarmDescriptor : std::size_t {
  server,  // the new process's end of a socket to the supervisor
  status,  // the file of RunStatus
  disk,
  supervisor,  // a pidfd
  landlock,
  cpu_clock,
  cgroup,
};
constexpr std::size_t kWarmDescriptors = 7;

// Sends it to the interpreter at the other end of `socket`; `server` is the first descriptor.
Result<void> send_warm_job(int socket, int server, const Launch& launch);

}  // namespace proctor::sandbox
