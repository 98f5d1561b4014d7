#include "sandbox/furnish.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

namespace proctor::sandbox {

namespace {

// The kernel kills us with our supervisor, unless it died before we asked.
int die_with_supervisor(const Launch& launch) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
  pollfd supervisor{.fd = launch.supervisor, .events = POLLIN, .revents = 0};
  return poll(&supervisor, 1, 0) == 0 ? 0 : ESRCH;
}

int attach_disk(const Launch& launch) {
  if (move_mount(launch.disk, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) != 0) return errno;
  if (mount("/tmp/box", "/box", nullptr, MS_BIND, nullptr) != 0) return errno;
  // Last, for it covers the whole disk with its part.
  return mount("/tmp/tmp", "/tmp", nullptr, MS_BIND, nullptr) == 0 ? 0 : errno;
}

int mount_proc(const Launch& launch) {
  if (!launch.own_proc) return 0;
  // hidepid: of others' processes (ours) not even the numbers; subset: nothing but processes.
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
  return mount("proc", "/proc", "proc", kFlags, "hidepid=2,subset=pid") == 0 ? 0 : errno;
}

int enter_work_directory(const Launch&) { return chdir("/box") == 0 ? 0 : errno; }

constexpr Step<Launch> kSteps[] = {
    {"PDEATHSIG", die_with_supervisor},
    {"run disk", attach_disk},
    {"proc", mount_proc},
    {"/box", enter_work_directory},
};

}  // namespace

StepFailure furnish_box(const Launch& launch) { return take_steps(kSteps, launch); }

}  // namespace proctor::sandbox
