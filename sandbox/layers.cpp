#include "sandbox/layers.h"

namespace proctor::sandbox {

namespace {

Layer cgroup_layer(const CgroupPlan& plan) {
  switch (plan.kind) {
    case CgroupKind::v1:
      return {"cgroup", true, false, "limits: cgroup v1 (memory, pids, cpuacct)"};
    case CgroupKind::v2:
      return {"cgroup", true, false, "limits: cgroup v2 (memory, pids)"};
    case CgroupKind::none:
      break;
  }
  return {"cgroup", false, false, "limits: rlimit; " + plan.why};
}

}  // namespace

std::vector<Layer> layers_of(const SandboxPlan& plan, const Ready& ready) {
  const bool as_root = !plan.identities.user_namespace;
  // Without any of the needed ones no supervisor gets ready, and there is no sandbox to ask.
  return {
      {"user", true, true, as_root ? "as root: an id of its own for each box" : "user namespace"},
      {"pid namespace", true, true, ""},
      {"mount namespace", true, true, ""},
      {"network namespace", true, true, ""},
      {"ipc namespace", true, true, ""},
      {"uts namespace", true, true, ""},
      {"read-only root", true, true, ""},
      {"resource limits", true, true, ""},
      {"no_new_privs", true, true, ""},
      {"capabilities", true, true, "none, bounding set empty"},
      {"seccomp", true, true, std::to_string(plan.syscall_filter.size()) + " instructions"},
      {"landlock", plan.landlock > 0, false,
       plan.landlock > 0 ? "ABI " + std::to_string(plan.landlock) : "not in this kernel"},
      cgroup_layer(plan.cgroups),
      {"own /proc", ready.own_proc, false,
       ready.own_proc ? "" : "may not be mounted here: programs see none"},
  };
}

}  // namespace proctor::sandbox
