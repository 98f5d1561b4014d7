// Namespaces (namespaces(7)): what a box does not see of the machine.
//
// A supervisor enters its own of users, network and names once, for a network namespace takes a
// millisecond to make and nothing in an empty one can be left for the next run. Processes, mounts
// and IPC objects are new for every run.
#pragma once

#include <sys/types.h>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/identity.h"

namespace proctor::sandbox {

// The calling process, of one thread, moves into namespaces of its own: the network without any
// interface up, the host's name hidden, and every mount private.
Result<void> enter_supervisor_namespaces(const Identity& identity);

// The first process of a run, as its parent and as itself see it.
struct Born {
  pid_t pid = -1;          // 0 in the new process
  FileDescriptor process;  // a pidfd, in the parent
};

// fork() into new pid, mount and IPC namespaces, where the child is process 1. `cgroup`: an open
// cgroup v2 directory to be born in, or -1. The child must not return to its caller's caller.
Result<Born> bear_process_one(int cgroup);

}  // namespace proctor::sandbox
