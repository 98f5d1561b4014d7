// The keeper of one box: a process that takes jobs from the judge, one at a time, makes the box for
// each, watches the program in it, and says how it ended.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "sandbox/cgroups.h"
#include "sandbox/identity.h"

namespace proctor::sandbox {

// What all boxes of a sandbox have in common, found out before any of its processes is started.
struct SandboxPlan {
  IdentityPlan identities{};
  CgroupPlan cgroups{};
  std::vector<sock_filter> syscall_filter{};
  int landlock = 0;  // its version; 0: none
  std::string shared_folder{};
  bool warm_python = false;
  std::string warm_prefix{};
};

// Serves the judge at the other end of `socket` until that closes. To be called in a process of its
// own, of one thread; `cgroup_name` is that of the box's cgroup.
void supervise(const SandboxPlan& plan, int box, const std::string& cgroup_name,
               FileDescriptor socket);

}  // namespace proctor::sandbox
