// The filter of system calls (seccomp(2)): what the kernel is not even asked from inside a box.
//
// A list of what is denied, not of what is allowed, because whole language runtimes run behind it:
// everything that reaches past the namespaces (sockets but local ones, io_uring, keyrings), makes
// new ones, looks into other processes, or is attack surface that no judged program needs.
#pragma once

#include <linux/filter.h>

#include <span>
#include <vector>

#include "harness/core/result.h"

namespace proctor::sandbox {

// Translates the list for this machine's architecture, in some milliseconds: once a sandbox.
// Without a cgroup (`memory_is_counted` is false) it also denies the memory that no resource limit
// of a process counts. Errors: unavailable, from libseccomp.
Result<std::vector<sock_filter>> build_syscall_filter(bool memory_is_counted);

// Binds the calling thread to it, which must have no_new_privs. 0 or errno. After fork: allocates
// nothing.
int apply_syscall_filter(std::span<const sock_filter> filter);

}  // namespace proctor::sandbox
