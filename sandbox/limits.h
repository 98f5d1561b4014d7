// Resource limits (getrlimit(2)): what each process of a box may use, by itself.
//
// With a cgroup they are the second fence of CPU time, processes and files; without one they are
// all that bounds memory, and then only the address space of each process can be.
#pragma once

#include <vector>

#include "sandbox/launch.h"
#include "sandbox/sandbox.h"

namespace proctor::sandbox {

// The same limits with what 0 stands for filled in.
Limits with_defaults(const Limits& limits);

// `limits` has its defaults; none of these is above what the calling process may still give itself.
// `processes_of_ours` with the program's id count as if they were its own.
std::vector<ResourceLimit> resource_limits(const Limits& limits, bool has_cgroup,
                                           int processes_of_ours);

}  // namespace proctor::sandbox
