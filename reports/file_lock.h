// One writer a store, among processes: an flock on FILE.lock beside it, gone with its holder
// however that dies. The store itself cannot carry it: SQLite's own locks there would be lost when
// a second descriptor of the file is closed (fcntl(2), "Record locks").
#pragma once

#include <filesystem>

#include "harness/core/result.h"

namespace proctor::reports {

class FileLock {
 public:
  // Takes the lock or says at once who has it. Errors: busy, io, disk_full.
  static Result<FileLock> take(const std::filesystem::path& file);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}

  int fd_ = -1;
};

}  // namespace proctor::reports
