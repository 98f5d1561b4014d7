// All that one run needs, ready before its first process exists.
//
// Plain values and descriptors, borrowed from the supervisor: whoever starts the program (process 1
// by exec, or as a fork of an interpreter that is warm already) reads it after a fork, where
// nothing may allocate.
#pragma once

#include <linux/filter.h>
#include <sys/resource.h>

#include <span>

#include "sandbox/identity.h"
#include "sandbox/run_status.h"
#include "sandbox/sandbox.h"

namespace proctor::sandbox {

struct ResourceLimit {
  int resource;  // RLIMIT_...
  rlimit value;
};

struct Launch {
  Identity identity{};
  std::span<const ResourceLimit> resource_limits{};
  std::span<const sock_filter> syscall_filter{};
  int landlock_rules = -1;  // a rule set; -1: no Landlock here

  int input = -1;
  int output = -1;
  int error_output = -1;
  int report = -1;  // -1: the program has no report

  int disk = -1;          // the run's tmpfs, a mount that is attached nowhere yet
  int cgroup = -1;        // a v2 group that the program is born in; -1: its parent's
  bool own_proc = false;  // the root has a /proc to be mounted
  int cpu_clock = -1;     // the cgroup's counter of CPU time; -1: none
  bool cpu_clock_is_v2 = false;
  int supervisor = -1;  // a pidfd: readable once the supervisor is dead

  // Ends with null, as for execve. Null itself: a rehearsal, which stops where the program would
  // start and exits with 0.
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  RunStatus* status = nullptr;
  int status_file = -1;  // the memory of `status`, to map it elsewhere
};

}  // namespace proctor::sandbox
