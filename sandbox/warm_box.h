// A box whose process 1 is a fork server (fork_server.h): one program, one run after another.
//
// It stays for the next run of its series as long as it is as it was before the last: nobody had to
// be killed, no process is left, nothing in its disk was touched. Otherwise it goes, with
// everything in it, and the next run gets a new one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/cgroups.h"
#include "sandbox/disk_watch.h"
#include "sandbox/fork_server.h"
#include "sandbox/run_disk.h"
#include "sandbox/watch.h"

namespace proctor::sandbox {

struct Box;
struct JobDescriptors;
struct RunResult;
struct SandboxPlan;

// Used by the one thread of a supervisor, one at a time in its Box, whose cgroup it has.
class WarmBox {
 public:
  // Makes one for the job's program, up to where it waits for its first run; `files` holds the
  // program's. Errors: unavailable, when there is no interpreter, it cannot raise a fence, or the
  // program takes too long to compile or ends the compiler.
  static Result<std::unique_ptr<WarmBox>> make(const SandboxPlan& plan, Box& box, const Job& job,
                                               const FileDescriptor& files);
  ~WarmBox();  // all its processes are gone
  WarmBox(const WarmBox&) = delete;
  WarmBox& operator=(const WarmBox&) = delete;

  // Whether it stands, and the job is another run of its series.
  bool serves(const Job& job) const;

  // As run_job(). Gives it up unless it is as before.
  RunResult run(Box& box, const Job& job, const JobDescriptors& descriptors,
                const FileDescriptor& judge);

 private:
  WarmBox(RunDisk disk, const DiskWatch& watch, BoxCgroup* cgroup)
      : disk_(std::move(disk)), watch_(watch), cgroup_(cgroup) {}

  Result<void> await_ready(const Box& box);
  Result<void> start_clocks(Box& box);
  Result<void> hand_over(const JobDescriptors& descriptors);
  std::optional<TestEnded> ending_told(Told told);
  void close(bool gone);

  RunDisk disk_;
  const DiskWatch& watch_;
  BoxCgroup* cgroup_;  // null: none
  std::uint64_t series_ = 0;
  FileDescriptor process_;  // a pidfd of process 1; closed: the box is given up
  FileDescriptor server_;
  std::int64_t preparation_ns_ = 0;  // of CPU time, before the first run
  int runs_ = 0;
};

}  // namespace proctor::sandbox
