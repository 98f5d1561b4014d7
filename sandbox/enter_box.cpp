#include "sandbox/enter_box.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/capabilities.h"
#include "sandbox/clocks.h"
#include "sandbox/landlock.h"
#include "sandbox/syscall_filter.h"

namespace proctor::sandbox {

namespace {

int error_of(long returned) { return returned < 0 ? errno : 0; }

// kill(0) reaches across namespaces, to whoever is in the group. There is no terminal to leave: the
// helper is in a session of its own. Not another session for each run, for the scheduler may treat
// each as a group that has to earn its turn (autogroup, sched(7)).
int leave_process_group(const Launch&) {
  umask(022);
  return error_of(setpgid(0, 0));
}

// Moves `from` to `to`, which may be taken by one that is still needed: all four go up first.
int place_descriptors(const Launch& launch) {
  constexpr int kAbove = 32;
  const int wanted[] = {launch.input, launch.output, launch.error_output, launch.report};
  int moved[4] = {-1, -1, -1, -1};
  for (int to = 0; to < 4; ++to) {
    if (wanted[to] < 0) continue;
    moved[to] = fcntl(wanted[to], F_DUPFD_CLOEXEC, kAbove);
    if (moved[to] < 0) return errno;
  }
  static_assert(kReportDescriptor == 3);
  for (int to = 0; to < 4; ++to) {
    if (moved[to] >= 0 && dup2(moved[to], to) < 0) return errno;
  }
  return 0;
}

int limit_resources(const Launch& launch) {
  for (const ResourceLimit& limit : launch.resource_limits) {
    // Not glibc's setrlimit, for it takes an enumeration.
    if (syscall(SYS_prlimit64, 0, limit.resource, &limit.value, nullptr) != 0) return errno;
  }
  return 0;
}

// System calls of their own, for glibc's would tell the other threads, and the process whose
// memory this is has none.
int change_user(const Launch& launch) {
  const uid_t id = launch.identity.id;
  // In a user namespace of an ordinary user's nobody may change groups.
  if (!launch.identity.user_namespace && syscall(SYS_setgroups, 0, nullptr) != 0) return errno;
  if (syscall(SYS_setresgid, id, id, id) != 0) return errno;
  return error_of(syscall(SYS_setresuid, id, id, id));
}

int forbid_new_privileges(const Launch&) {
  return error_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int restrict_with_landlock(const Launch& launch) {
  return launch.landlock_rules < 0 ? 0 : apply_landlock(launch.landlock_rules);
}

// Before the descriptor of the clock is closed, and after all that is not the program's doing.
int start_clocks(const Launch& launch) {
  RunStatus& status = *launch.status;
  status.cpu_at_start_ns = 0;
  if (launch.cpu_clock >= 0) {
    status.cpu_at_start_ns = read_cpu_clock(launch.cpu_clock, launch.cpu_clock_is_v2);
    if (status.cpu_at_start_ns < 0) return EIO;
  }
  status.started_ns = monotonic_ns();
  status.phase = Phase::running;
  return 0;
}

int close_other_descriptors(const Launch& launch) {
  const unsigned first = launch.report >= 0 ? kReportDescriptor + 1 : kReportDescriptor;
  return error_of(close_range(first, ~0U, 0));
}

int filter_syscalls(const Launch& launch) { return apply_syscall_filter(launch.syscall_filter); }

int drop_capabilities(const Launch&) { return drop_all_capabilities(); }
int lock_capabilities(const Launch&) { return forbid_regaining_capabilities(); }

// In an order in which each still may do what it has to.
constexpr Step<Launch> kFences[] = {
    {"process group", leave_process_group},
    {"descriptors", place_descriptors},
    {"capability bounding set", lock_capabilities},
    {"user id", change_user},
    {"capabilities", drop_capabilities},
    {"no_new_privs", forbid_new_privileges},
    {"landlock", restrict_with_landlock},
    {"clocks", start_clocks},
    {"close_range", close_other_descriptors},
    {"resource limits", limit_resources},
    {"seccomp", filter_syscalls},
};

}  // namespace

StepFailure raise_fences(const Launch& launch) { return take_steps(kFences, launch); }

StepFailure become_program(const Launch& launch) {
  if (const StepFailure failure = raise_fences(launch); failure.name != nullptr) return failure;
  // Not _exit(), before which a sanitizer asks for memory, that may be limited by now.
  if (launch.arguments == nullptr) syscall(SYS_exit_group, 0);
  execve(launch.arguments[0], launch.arguments, launch.environment);
  return {"start of the program", errno};
}

}  // namespace proctor::sandbox
