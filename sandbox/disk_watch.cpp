#include "sandbox/disk_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

// Everything but reading: a file has to be opened before it is written or mapped, and opening is
// told at once, when closing may come late. New files, directories, links and sockets are told by
// the directory that they are made in, and before anything can be made in them.
constexpr std::uint32_t kTouches = IN_OPEN | IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE |
                                   IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                                   IN_MOVE_SELF;

}  // namespace

Result<void> DiskWatch::watch(const RunDisk& disk) {
  if (!events_.is_open()) events_ = FileDescriptor(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!events_.is_open()) return os_error("watch of the run disk");
  // A watch wants a path, and the disk has none here.
  bool watched = true;
  for (const int directory : {disk.box(), disk.tmp()}) {
    watched =
        watched && fchdir(directory) == 0 && inotify_add_watch(events_.get(), ".", kTouches) >= 0;
  }
  const Result<void> failed = watched ? Result<void>() : os_error("watch of the run disk");
  if (chdir("/") != 0) return os_error("watch of the run disk: /");
  return failed;
}

bool DiskWatch::untouched() const {
  alignas(inotify_event) char buffer[4096];
  bool untouched = true;
  while (read(events_.get(), buffer, sizeof buffer) > 0) untouched = false;
  return untouched;
}

}  // namespace proctor::sandbox
