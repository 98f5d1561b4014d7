#include "reports/scratch_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>

#include "harness/core/file_descriptor.h"
#include "reports/store.h"

namespace proctor::reports {
namespace {

namespace fs = std::filesystem;

Error system_error(const fs::path& path, const char* complaint) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT;
  return Error(full ? ErrorCode::disk_full : ErrorCode::io,
               path.string() + ": " + complaint + ": " + std::strerror(number));
}

Result<void> sync(const fs::path& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || fsync(file.get()) != 0) return system_error(path, "cannot sync");
  return {};
}

// Without replacing anything; not every file system can promise that.
int rename_to_new(const fs::path& from, const fs::path& to) {
  const int renamed = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (renamed == 0 || (errno != EINVAL && errno != ENOSYS)) return renamed;
  std::error_code unknown;
  if (fs::exists(to, unknown)) {
    errno = EEXIST;
    return -1;
  }
  return std::rename(from.c_str(), to.c_str());
}

void remove_store(const fs::path& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    fs::remove(path.string() + suffix, ignored);
  }
}

}  // namespace

Result<ScratchStore> ScratchStore::create(const fs::path& beside) {
  const fs::path path = beside.string() + "." + std::to_string(getpid()) + ".partial";
  remove_store(path);  // of an earlier process of that number, which was killed
  ScratchStore scratch(path);
  const Result<Store> made = Store::open_for_writing(path);
  if (!made) return made.error();
  return scratch;
}

ScratchStore::~ScratchStore() {
  if (!path_.empty()) remove_store(path_);
}

Result<void> ScratchStore::become(const fs::path& file) {
  const Result<void> written = sync(path_);
  if (!written) return written;
  if (rename_to_new(path_, file) != 0) {
    if (errno == EEXIST) {
      return Error(ErrorCode::invalid_input, file.string() + ": there is such a file already");
    }
    return system_error(file, "cannot create");
  }
  const Result<void> named = sync(file.has_parent_path() ? file.parent_path() : fs::path("."));
  remove_store(std::exchange(path_, {}));
  return named;
}

}  // namespace proctor::reports
