// A box that stays: all that the runs of one supervisor have in common.
#pragma once

#include <memory>
#include <vector>

#include "sandbox/cgroups.h"
#include "sandbox/first_victim.h"
#include "sandbox/launch.h"
#include "sandbox/protocol.h"
#include "sandbox/roots.h"
#include "sandbox/run_disk.h"
#include "sandbox/supervisor.h"
#include "sandbox/warm_box.h"
#include "sandbox/warm_python.h"

namespace proctor::sandbox {

// Memory that the supervisor shares with process 1 of each run.
class SharedStatus {
 public:
  static Result<SharedStatus> make();
  SharedStatus(SharedStatus&& other) noexcept;
  SharedStatus& operator=(SharedStatus&&) = delete;
  ~SharedStatus();

  RunStatus& get() const { return *status_; }
  int file() const { return file_.get(); }  // to map it elsewhere

 private:
  SharedStatus(FileDescriptor file, RunStatus* status);

  FileDescriptor file_;
  RunStatus* status_;
};

struct Box {
  Identity identity{};
  std::unique_ptr<BoxCgroup> cgroup{};  // null: none
  FileDescriptor host_mounts{};         // the way back to the host's files, until box is ready
  PreparedRoot roots[3]{};              // by Root
  FileDescriptor self{};                // a pidfd of the supervisor
  OomScore oom_score{};                 // its own
  std::unique_ptr<WarmPython> warm{};   // null: none
  SharedStatus status;
  DiskWatch disk_watch{};  // of the warm box's disk
  // The one that waits for the next run of its series; null: none. Last, for it uses the rest.
  std::unique_ptr<WarmBox> warm_box{};

  const PreparedRoot& root(Root kind) const { return roots[static_cast<std::size_t>(kind)]; }
};

// Takes the calling process, of one thread, into the namespaces of a box, which has no roots yet.
Result<Box> make_box(const SandboxPlan& plan, int number, const std::string& cgroup_name);

// Builds the roots, and leaves the process inside one of them.
Result<void> make_roots(Box& box, const SandboxPlan& plan, Proc proc);

}  // namespace proctor::sandbox
