// Control groups (cgroups(7)): what all processes of a box use up together, and how much they may.
//
// Three kinds, the first that this machine allows: version 2 with the memory and pids controllers
// delegated to us; version 1 with memory, pids and cpuacct (and a bare version 2 beside it, whose
// cgroup.kill sweeps); none, where only resource limits of each process remain. One group a box:
// moving a process into a group takes milliseconds, being born in it nothing.
//
// Groups lie below that of the calling process and are called proctor-PID-STARTED-BOX, after the
// helper that made them, so that those of a helper that is dead can be told and removed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/sandbox.h"

namespace proctor::sandbox {

enum class CgroupKind { none, v1, v2 };

// Where groups can be made, as directories that exist.
struct CgroupPlan {
  CgroupKind kind = CgroupKind::none;
  std::string memory{};   // v1
  std::string pids{};     // v1
  std::string cpuacct{};  // v1
  std::string unified{};  // v2, or beside v1; may be empty
  std::string why{};      // kind is none: what was missing
};

// Finds out by trying, and leaves nothing. With version 2 the calling process may have to move
// into a group of its own first, for only a group without processes can hand controllers down.
CgroupPlan plan_cgroups();

// "proctor-PID-STARTED-" of a process that lives.
std::string cgroup_prefix(pid_t helper);

// Kills whatever is left in groups of helpers that are dead, and removes them.
void sweep_cgroups(const CgroupPlan& plan);

// Removes the groups of one helper, by name, once their processes are gone. Waits for that a
// little.
void remove_cgroups(const CgroupPlan& plan, const std::string& prefix);

// What the processes of a run used together.
struct CgroupUse {
  std::int64_t cpu_ns = 0;     // of the group's whole life: only differences mean something
  Bytes peak = 0;              // above what the group held before the run (of all runs since
                               // begin(), under version 2 before Linux 6.12)
  bool out_of_memory = false;  // the kernel killed one of them
};

// The group of one box, used by its supervisor.
class BoxCgroup {
 public:
  virtual ~BoxCgroup() = default;

  // Ready for a run: limits set, peak and counters at their start.
  virtual Result<void> begin(const Limits& limits) = 0;
  virtual Result<CgroupUse> use() const = 0;
  // Ready for another run by processes that stay: counters, and the peak where the kernel allows
  // that, at their start.
  virtual Result<void> begin_again() = 0;
  // After the run, when its processes are gone.
  virtual void end() {}

  virtual int birthplace() const { return -1; }  // for CLONE_INTO_CGROUP, or -1
  virtual int cpu_clock() const = 0;             // an open file for read_cpu_clock()
  virtual bool cpu_clock_is_v2() const = 0;
};

// Makes it; with version 1 the calling process, whose children the box's processes are, joins it.
// Null where the plan has none.
Result<std::unique_ptr<BoxCgroup>> make_box_cgroup(const CgroupPlan& plan, const std::string& name);

Result<std::unique_ptr<BoxCgroup>> make_box_cgroup_v1(const CgroupPlan& plan,
                                                      const std::string& name);
Result<std::unique_ptr<BoxCgroup>> make_box_cgroup_v2(const CgroupPlan& plan,
                                                      const std::string& name);

}  // namespace proctor::sandbox
