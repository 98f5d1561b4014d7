#include "sandbox/namespaces.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

#include "sandbox/os_error.h"

namespace proctor::sandbox {

Result<void> enter_supervisor_namespaces(const Identity& identity) {
  // First, for in it an ordinary user has the rights that the others ask for.
  if (Result<void> entered = enter_user_namespace(identity); !entered) return entered;
  if (unshare(CLONE_NEWNET) != 0) return os_error("network namespace");
  if (unshare(CLONE_NEWUTS) != 0) return os_error("uts namespace");
  constexpr std::string_view kName = "box";
  if (sethostname(kName.data(), kName.size()) != 0) return os_error("host name");
  if (unshare(CLONE_NEWNS) != 0) return os_error("mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return os_error("private mounts");
  }
  return {};
}

Result<Born> bear_process_one(int cgroup) {
  int process = -1;
  clone_args arguments{};
  arguments.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&process);
  arguments.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid < 0) return os_error("pid, mount and ipc namespaces");
  Born born;
  born.pid = static_cast<pid_t>(pid);
  if (pid > 0) born.process = FileDescriptor(process);
  return born;
}

}  // namespace proctor::sandbox
