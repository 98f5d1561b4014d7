#include "sandbox/process_one.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sandbox/capabilities.h"
#include "sandbox/clocks.h"
#include "sandbox/enter_box.h"
#include "sandbox/furnish.h"
#include "sandbox/steps.h"

namespace proctor::sandbox {

namespace {

// The supervisor's wish: everyone but us. What the program has used up can then still be told,
// unlike when we are killed ourselves.
void kill_all_others(int) { kill(-1, SIGKILL); }

int listen_to_supervisor() {
  struct sigaction action {};
  action.sa_handler = kill_all_others;
  action.sa_flags = SA_RESTART;
  return sigaction(kEndSignal, &action, nullptr) == 0 ? 0 : errno;
}

void report(RunStatus& status, const StepFailure& failure) {
  status.phase = Phase::failed;
  status.error = failure.error;
  std::strncpy(status.step, failure.name, sizeof status.step - 1);
}

// The program's process before exec. It shares our memory, and we stand still meanwhile.
int start_in_child(void* argument) {
  const Launch& launch = *static_cast<const Launch*>(argument);
  const StepFailure failure = become_program(launch);
  report(*launch.status, failure);
  _exit(127);
}

// As vfork does, which saves copying our page tables, but on a stack of its own.
pid_t start_program(const Launch& launch) {
  alignas(16) static char stack[64 * 1024];
  return clone(start_in_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD,
               const_cast<Launch*>(&launch));
}

// The program has its own copies of whatever it was given. In a user namespace it also has our id,
// and may then look into a process that has no more rights than itself, if that is dumpable.
void give_up_everything() {
  close_range(0, ~0U, 0);
  drop_capabilities_but(CAP_KILL);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

std::int64_t nanoseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

// Reaps whatever ends in the box until the program does.
void await_program(pid_t program, RunStatus& status) {
  for (;;) {
    int wait_status = 0;
    rusage used{};
    const pid_t ended = wait4(-1, &wait_status, __WALL, &used);
    if (ended < 0) {
      report(status, {"wait", errno});
      return;
    }
    status.cpu_ns += nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
    status.peak_bytes = std::max(status.peak_bytes, std::int64_t{used.ru_maxrss} * 1024);
    if (ended != program) continue;
    status.ended_ns = monotonic_ns();
    status.wait_status = wait_status;
    status.phase = Phase::ended;
    return;
  }
}

StepFailure run_program(const Launch& launch) {
  const pid_t program = start_program(launch);
  if (program < 0) return {"clone", errno};
  if (launch.status->phase == Phase::running) {
    give_up_everything();
    await_program(program, *launch.status);
  }
  return {};  // or the child has said what failed
}

}  // namespace

void run_as_process_one(const Launch& launch) {
  StepFailure failure = furnish_box(launch);
  if (failure.name == nullptr) {
    const int error = listen_to_supervisor();
    failure = error == 0 ? run_program(launch) : StepFailure{"signal handler", error};
  }
  if (failure.name != nullptr) report(*launch.status, failure);
  _exit(0);
}

}  // namespace proctor::sandbox
