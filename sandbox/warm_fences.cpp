// The part of the warm interpreter that is not Python: a library that it loads (ctypes), so that
// the fences around its children are the very code that cold programs go through.
//
// The interpreter is a single thread that calls, for each run:
//   next_job()  waits for a job and points future children at its pid namespace
//   fork()      into that, and into the run's cgroup
//   enter()     in the child: the other namespaces, the fences; afterwards it is the program
//   finish()    in the parent: waits for the child, writes the run's status, kills process 1
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "sandbox/clocks.h"
#include "sandbox/enter_box.h"
#include "sandbox/warm_job.h"

namespace proctor::sandbox {
namespace {

constexpr std::size_t kMaxLimits = 16;
constexpr char kReady = 'r';

// The run that is being set up or waited for. One at a time.
struct CurrentRun {
  alignas(16) char text[kMaxWarmJob];
  ResourceLimit limits[kMaxLimits];
  Launch launch{};
  const char* arguments = nullptr;
  std::size_t argument_bytes = 0;
  int process_one = -1;
  int descriptors[kWarmDescriptors];
  std::size_t descriptor_count = 0;
};
CurrentRun run;

std::int64_t nanoseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

void report(const StepFailure& failure) {
  RunStatus& status = *run.launch.status;
  status.phase = Phase::failed;
  status.error = failure.error;
  std::strncpy(status.step, failure.name, sizeof status.step - 1);
}

// One message with its descriptors. Its size, or 0 when the supervisor has gone.
std::size_t receive(int socket) {
  iovec part{.iov_base = run.text, .iov_len = sizeof run.text};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof run.descriptors)];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t size = -1;
  do {
    size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return 0;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return 0;
  run.descriptor_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  std::memcpy(run.descriptors, CMSG_DATA(header), run.descriptor_count * sizeof(int));
  return static_cast<std::size_t>(size);
}

// Fills run.launch from the message. False: it is not one.
bool understand(std::size_t size) {
  WarmJob job;
  if (size < sizeof job) return false;
  std::memcpy(&job, run.text, sizeof job);
  const std::size_t limits_at = sizeof job;
  const std::size_t filter_at = limits_at + job.limits * sizeof(ResourceLimit);
  const std::size_t arguments_at = filter_at + job.filter * sizeof(sock_filter);
  const std::size_t wanted =
      5UL + job.has_report + job.has_landlock + job.has_cpu_clock + job.has_cgroup;
  if (job.limits > kMaxLimits || arguments_at + job.argument_bytes != size ||
      run.descriptor_count != wanted) {
    return false;
  }
  std::memcpy(run.limits, run.text + limits_at, job.limits * sizeof(ResourceLimit));

  const int* next = run.descriptors;
  run.process_one = *next++;
  const int status_file = *next++;
  Launch& launch = run.launch;
  launch = Launch{};
  launch.identity = job.identity;
  launch.resource_limits = {run.limits, job.limits};
  // sock_filter asks for an alignment of 4, which everything before it has too.
  static_assert(sizeof(WarmJob) % 4 == 0 && sizeof(ResourceLimit) % 4 == 0);
  launch.syscall_filter = {reinterpret_cast<const sock_filter*>(run.text + filter_at), job.filter};
  launch.input = *next++;
  launch.output = *next++;
  launch.error_output = *next++;
  if (job.has_report) launch.report = *next++;
  if (job.has_landlock) launch.landlock_rules = *next++;
  if (job.has_cpu_clock) launch.cpu_clock = *next++;
  if (job.has_cgroup) launch.cgroup = *next++;
  launch.cpu_clock_is_v2 = job.cpu_clock_is_v2;
  run.arguments = run.text + arguments_at;
  run.argument_bytes = job.argument_bytes;

  void* status =
      mmap(nullptr, sizeof(RunStatus), PROT_READ | PROT_WRITE, MAP_SHARED, status_file, 0);
  if (status == MAP_FAILED) return false;
  launch.status = static_cast<RunStatus*>(status);
  return true;
}

// Process 1 is what the supervisor waits for: with its end the run has ended.
void end_run(int socket) {
  syscall(SYS_pidfd_send_signal, run.process_one, SIGKILL, nullptr, 0);
  munmap(run.launch.status, sizeof(RunStatus));
  for (std::size_t i = 0; i < run.descriptor_count; ++i) close(run.descriptors[i]);
  send(socket, &kReady, 1, MSG_NOSIGNAL);
}

// As glibc's fork() but for the cgroup. The caller has prepared Python for it, and no other thread
// is there that could hold a lock of glibc's.
long fork_into(int cgroup) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  // Where glibc keeps the thread's number, which the child's is to replace. Known to kernels that
  // can checkpoint; without it little misses the number.
  int* thread_number = nullptr;
  if (prctl(PR_GET_TID_ADDRESS, &thread_number) == 0 && thread_number != nullptr) {
    arguments.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    arguments.child_tid = reinterpret_cast<std::uintptr_t>(thread_number);
  }
  return syscall(SYS_clone3, &arguments, sizeof arguments);
}

// glibc takes it from RLIMIT_STACK when a program starts, and this program started long ago.
int size_thread_stacks(const Launch& launch) {
  for (const ResourceLimit& limit : launch.resource_limits) {
    if (limit.resource != RLIMIT_STACK || limit.value.rlim_cur == RLIM_INFINITY) continue;
    pthread_attr_t attributes;
    if (const int error = pthread_getattr_default_np(&attributes); error != 0) return error;
    pthread_attr_setstacksize(&attributes, limit.value.rlim_cur);
    const int error = pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
    return error;
  }
  return 0;
}

// What a stream remembers of its descriptor: whether it is a file, a pipe or something else.
using KindsOfStreams = std::array<mode_t, 3>;

KindsOfStreams kinds_of_streams() {
  KindsOfStreams kinds{};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    struct stat status {};
    if (fstat(static_cast<int>(i), &status) == 0) kinds[i] = status.st_mode & S_IFMT;
  }
  return kinds;
}

int enter_namespaces(const Launch&) {
  if (setns(run.process_one, CLONE_NEWNS | CLONE_NEWIPC) != 0) return errno;
  return chdir("/box") == 0 ? 0 : errno;
}

StepFailure become_warm_program(const Launch& launch) {
  constexpr Step<Launch> kBefore[] = {
      {"namespaces of process 1", enter_namespaces},
      {"thread stacks", size_thread_stacks},
  };
  if (const StepFailure failure = take_steps(kBefore, launch); failure.name != nullptr) {
    return failure;
  }
  return raise_fences(launch);
}

}  // namespace
}  // namespace proctor::sandbox

using namespace proctor::sandbox;

// Of the interpreter that loads this library: what os.fork() does around the call.
extern "C" {
void PyOS_BeforeFork();
void PyOS_AfterFork_Parent();
void PyOS_AfterFork_Child();
}

// The functions that Python calls. The descriptor is the interpreter's socket.
extern "C" {

// Says that the interpreter waits for its first job.
__attribute__((visibility("default"))) void warm_ready(int socket) {
  send(socket, &kReady, 1, MSG_NOSIGNAL);
}

// Whether there is a run to fork for. No: the supervisor is gone, and so should we be.
__attribute__((visibility("default"))) int warm_next_job(int socket) {
  for (;;) {
    const std::size_t size = receive(socket);
    if (size == 0 || !understand(size)) return 0;
    if (setns(run.process_one, CLONE_NEWPID) == 0) return 1;
    report({"pid namespace of process 1", errno});
    end_run(socket);
  }
}

// 0 in the child; in the parent its number, or minus the errno for which there is none.
__attribute__((visibility("default"))) int warm_fork() {
  PyOS_BeforeFork();
  const long child = fork_into(run.launch.cgroup);
  const int error = errno;
  if (child == 0) {
    PyOS_AfterFork_Child();
  } else {
    PyOS_AfterFork_Parent();
  }
  return child < 0 ? -error : static_cast<int>(child);
}

// In the child. Returns when it is the program's process: whether the standard streams that the
// interpreter made for its own descriptors are right for the program's too.
__attribute__((visibility("default"))) int warm_enter() {
  const KindsOfStreams kinds = kinds_of_streams();
  const StepFailure failure = become_warm_program(run.launch);
  if (failure.name != nullptr) {
    report(failure);
    _exit(127);
  }
  // As exec does for a program of the cold path, which may read its own /proc.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  // The program must not be able to write its own status.
  munmap(run.launch.status, sizeof(RunStatus));
  return kinds == kinds_of_streams();
}

// In the child, after warm_enter(): the program's arguments, each ended by a 0.
__attribute__((visibility("default"))) const char* warm_arguments() { return run.arguments; }
__attribute__((visibility("default"))) std::size_t warm_argument_bytes() {
  return run.argument_bytes;
}

// In the parent: `child` is what warm_fork() returned.
__attribute__((visibility("default"))) void warm_finish(int socket, int child) {
  RunStatus& status = *run.launch.status;
  if (child < 0) {
    report({"fork of the warm interpreter", -child});
  } else {
    int wait_status = 0;
    rusage used{};
    while (wait4(child, &wait_status, 0, &used) < 0 && errno == EINTR) {
    }
    if (status.phase == Phase::running) {
      status.ended_ns = monotonic_ns();
      std::atomic_ref(status.cpu_ns) += nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
      status.peak_bytes = std::int64_t{used.ru_maxrss} * 1024;
      status.wait_status = wait_status;
      status.phase = Phase::ended;
    } else if (status.phase == Phase::entering) {
      report({"warm interpreter", ECHILD});
    }
  }
  end_run(socket);
}

}  // extern "C"
