// Waiting for a run's end, and bringing it about when a limit is met that no signal of the kernel's
// stands for: wall time, CPU time of all processes together, too much output.
#pragma once

#include "harness/core/file_descriptor.h"
#include "sandbox/cgroups.h"
#include "sandbox/protocol.h"
#include "sandbox/run_status.h"

namespace proctor::sandbox {

struct Watched {
  const FileDescriptor* process = nullptr;  // a pidfd of process 1, a child of ours
  const FileDescriptor* judge = nullptr;    // a Stop may come from there
  int told = -1;                            // readable once process 1 has told the program's end
  std::uint64_t run = 0;
  bool listens = false;          // process 1 knows kEndSignal
  milliseconds enter_within{0};  // what the program has to start in, before its clock runs
  Limits limits{};
  const RunStatus* status = nullptr;
  const BoxCgroup* cgroup = nullptr;  // null: CPU time is only limited by the kernel's rlimit
};

// Returns once process 1, and every process of the box with it, is gone and reaped.
Killed watch_until_gone(const Watched& watched);

struct Told {
  bool gone = false;  // as above, and nothing was told
  Killed killed = Killed::no;
};

// Returns when `watched.told` can be read as well: process 1 is then still there.
Told watch_until_told(const Watched& watched);

}  // namespace proctor::sandbox
