// Whether anything in a run's disk was touched: what nobody touched need not be made anew.
#pragma once

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/run_disk.h"

namespace proctor::sandbox {

class DiskWatch {
 public:
  // Watches /box and /tmp of that disk from now on; what was watched before goes with its disk. One
  // for all disks of a supervisor, since the kernel takes milliseconds to end one. Changes the
  // working directory to /.
  Result<void> watch(const RunDisk& disk);

  // Nothing was opened, made, changed, moved or removed there since the last call. What a process
  // did before it was waited for is seen.
  bool untouched() const;

 private:
  FileDescriptor events_;
};

}  // namespace proctor::sandbox
