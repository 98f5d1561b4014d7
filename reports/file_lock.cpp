#include "reports/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace proctor::reports {

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
  const std::string path = file.string() + ".lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    const ErrorCode code = errno == ENOSPC ? ErrorCode::disk_full : ErrorCode::io;
    return Error(code, path + ": " + strerror(errno));
  }
  FileLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = "";
    const ssize_t got = pread(fd, holder, sizeof holder - 1, 0);
    const std::string who =
        got > 0 ? " (process " + std::string(holder, strcspn(holder, "\n")) + ")" : "";
    return Error(ErrorCode::busy, file.string() + ": another proctor" + who +
                                      " is writing to this file; wait for it, or use another --db");
  }
  // The process number is only there to be read by people; a full disk may well refuse it.
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) == 0) (void)!pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace proctor::reports
