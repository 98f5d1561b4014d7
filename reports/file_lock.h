// One writer a store, among processes: an flock on FILE.lock beside it, gone with its holder
// however that dies. The store itself cannot carry it: SQLite's own locks there would be lost when
// a second descriptor of the file is closed (fcntl(2), "Record locks").
#pragma once

#include <filesystem>
#include <utility>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"

namespace proctor::reports {

class FileLock {
 public:
  // Takes the lock or says at once who has it. All names of a file, links too, share one lock.
  // Errors: busy, io, disk_full.
  static Result<FileLock> take(const std::filesystem::path& file);

 private:
  explicit FileLock(FileDescriptor fd) : fd_(std::move(fd)) {}

  FileDescriptor fd_;
};

}  // namespace proctor::reports
