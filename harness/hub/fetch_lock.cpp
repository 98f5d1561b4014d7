#include "harness/hub/fetch_lock.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>

#include "harness/files/output_file.h"
#include "harness/process/console.h"

namespace proctor::harness::hub {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(200);
constexpr int kLooksBeforeSaying = 10;

}  // namespace

Result<FileDescriptor> take_fetch_lock(const std::filesystem::path& path, HubClient& client) {
  std::error_code ignored;
  const int how =
      std::filesystem::is_directory(path, ignored) ? O_RDONLY | O_DIRECTORY : O_RDWR | O_CREAT;
  FileDescriptor fd(open(path.c_str(), how | O_CLOEXEC, 0644));
  if (!fd.is_open()) return file_error(path.string(), "cannot open");
  for (int looks = 0; flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++looks) {
    if (errno != EWOULDBLOCK) return file_error(path.string(), "cannot lock");
    if (looks == kLooksBeforeSaying) {
      say(fmt::format("proctor: waiting for another process, which fetches and holds {}\n",
                      path.string()));
    }
    if (const Result<void> waited = client.wait(kBetweenLooks); !waited) return waited.error();
  }
  return fd;
}

}  // namespace proctor::harness::hub
