#include "reports/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace proctor::reports {
namespace {

namespace fs = std::filesystem;

// The file that `file` stands for. weakly_canonical() alone would keep the name of a link to a file
// that is yet to be created, and so give the store another lock once it is there.
Result<fs::path> real_path(fs::path file) {
  constexpr int kMostLinks = 40;  // as Linux follows, path_resolution(7)
  std::error_code error;
  for (int links = 0; links < kMostLinks && fs::is_symlink(file, error); ++links) {
    const fs::path target = fs::read_symlink(file, error);
    if (error) break;
    file = file.parent_path() / target;
  }
  const fs::path real = fs::weakly_canonical(file, error);
  if (error) return Error(ErrorCode::io, file.string() + ": " + error.message());
  return real;
}

Error refused(const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error(full ? ErrorCode::disk_full : ErrorCode::io, path + ": " + strerror(error));
}

}  // namespace

Result<FileLock> FileLock::take(const fs::path& file) {
  const Result<fs::path> real = real_path(file);
  if (!real) return real.error();
  const std::string path = real->string() + ".lock";
  FileDescriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.is_open()) return refused(path, errno);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = "";
    const ssize_t got = pread(fd.get(), holder, sizeof holder - 1, 0);
    const std::string who =
        got > 0 ? " (process " + std::string(holder, strcspn(holder, "\n")) + ")" : "";
    return Error(ErrorCode::busy, file.string() + ": another proctor" + who +
                                      " is writing to this file; wait for it, or use another --db");
  }
  // The process number is only there to be read by people; a full disk may well refuse it.
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd.get(), 0) == 0) (void)!pwrite(fd.get(), pid.data(), pid.size(), 0);
  return FileLock(std::move(fd));
}

}  // namespace proctor::reports
