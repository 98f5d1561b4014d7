// The process that all others of a sandbox descend from, forked while the judge has one thread.
//
// It only starts supervisors when the judge asks, and puts an end to all when the judge is gone,
// however that happened: kill -9 of the judge ends every box, and leaves no cgroup.
#pragma once

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/supervisor.h"

namespace proctor::sandbox {

class Helper {
 public:
  // Forks. To be called while the process has one thread.
  static Result<Helper> start(const SandboxPlan& plan);
  Helper(Helper&&) noexcept;
  Helper& operator=(Helper&&) = delete;
  ~Helper();  // waits until all its processes and cgroups are gone

  // A supervisor for the box of that number, as the judge's end of the socket to it; the first
  // thing it says is Ready. Not thread-safe.
  Result<FileDescriptor> start_supervisor(int box) const;

 private:
  Helper(pid_t pid, FileDescriptor control);

  pid_t pid_;
  FileDescriptor control_;
};

}  // namespace proctor::sandbox
