// The part of the warm interpreter that is not Python: a library that it loads (ctypes), so that
// the fences around its children are the very code that cold programs go through.
//
// The interpreter is a single thread that calls, for each box:
//   next_job()   waits for a job
//   fork()       into new namespaces and the run's cgroup; the child is the box's process 1
//   forked()     in the parent: says so, and forgets the job
//   enter()      in the child: furnishes the box and raises the fences
//   next_test()  in the child: forks for each test, and returns in the test's process only
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "sandbox/enter_box.h"
#include "sandbox/fork_server.h"
#include "sandbox/furnish.h"
#include "sandbox/warm_job.h"

namespace proctor::sandbox {
namespace {

constexpr std::size_t kMaxLimits = 16;
constexpr int kServer = kReportDescriptor;  // where process 1 keeps its socket
constexpr std::size_t kMaxTestDescriptors = 4;

// The job that is being set up. One at a time.
struct CurrentJob {
  alignas(16) char text[kMaxWarmJob];
  ResourceLimit limits[kMaxLimits];
  Launch launch{};
  const char* arguments = nullptr;
  std::size_t argument_bytes = 0;
  int server = -1;
  int descriptors[kWarmDescriptors];
  std::size_t descriptor_count = 0;
};
CurrentJob job;

// What SIGINT does in a program; process 1 must not be reached by it (pid_namespaces(7)).
struct sigaction interrupt_action;

// CPU time of process 1 when its fences stood.
std::int64_t used_before_ns = 0;

// A message and its descriptors.
struct Received {
  std::size_t size = 0;  // 0: the other side has gone, or it makes no sense
  std::size_t descriptors = 0;
};

Received receive(int socket, std::span<char> text, std::span<int> descriptors) {
  iovec part{.iov_base = text.data(), .iov_len = text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(kWarmDescriptors * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  ssize_t size = -1;
  do {
    size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size <= 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
  const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  std::memcpy(descriptors.data(), CMSG_DATA(header), count * sizeof(int));
  return {static_cast<std::size_t>(size), count};
}

// Fills job.launch from the message. False: it is not one.
bool understand(std::size_t size) {
  WarmJob head;
  if (size < sizeof head) return false;
  std::memcpy(&head, job.text, sizeof head);
  const std::size_t limits_at = sizeof head;
  const std::size_t filter_at = limits_at + head.limits * sizeof(ResourceLimit);
  const std::size_t arguments_at = filter_at + head.filter * sizeof(sock_filter);
  const std::size_t wanted = 4UL + head.has_landlock + head.has_cpu_clock + head.has_cgroup;
  if (head.limits > kMaxLimits || arguments_at + head.argument_bytes != size ||
      job.descriptor_count != wanted) {
    return false;
  }
  std::memcpy(job.limits, job.text + limits_at, head.limits * sizeof(ResourceLimit));

  const int* next = job.descriptors;
  job.server = *next++;
  const int status_file = *next++;
  Launch& launch = job.launch;
  launch = Launch{};
  launch.identity = head.identity;
  launch.resource_limits = {job.limits, head.limits};
  // sock_filter asks for an alignment of 4, which everything before it has too.
  static_assert(sizeof(WarmJob) % 4 == 0 && sizeof(ResourceLimit) % 4 == 0);
  launch.syscall_filter = {reinterpret_cast<const sock_filter*>(job.text + filter_at), head.filter};
  launch.input = STDIN_FILENO;  // its own, until a test comes
  launch.output = STDOUT_FILENO;
  launch.error_output = STDERR_FILENO;
  launch.report = job.server;
  launch.disk = *next++;
  launch.supervisor = *next++;
  if (head.has_landlock) launch.landlock_rules = *next++;
  if (head.has_cpu_clock) launch.cpu_clock = *next++;
  if (head.has_cgroup) launch.cgroup = *next++;
  launch.own_proc = head.own_proc;
  launch.cpu_clock_is_v2 = head.cpu_clock_is_v2;
  job.arguments = job.text + arguments_at;
  job.argument_bytes = head.argument_bytes;

  void* status =
      mmap(nullptr, sizeof(RunStatus), PROT_READ | PROT_WRITE, MAP_SHARED, status_file, 0);
  if (status == MAP_FAILED) return false;
  launch.status = static_cast<RunStatus*>(status);
  return true;
}

// As glibc's fork() but for the namespaces, the cgroup and the parent. The caller has prepared
// Python for it, and no other thread is there that could hold a lock of glibc's.
long fork_into_box(int cgroup) {
  clone_args arguments{};
  arguments.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_PARENT;
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

// A program has process 1's user, and a signal without a handler cannot reach process 1 from inside
// its namespace. What asks for the same user and no more is closed by the filter of system calls,
// and what asks whether one may look into the other by this.
int become_untouchable(const Launch&) {
  struct sigaction ignored_by_init {};
  ignored_by_init.sa_handler = SIG_DFL;
  if (sigaction(SIGINT, &ignored_by_init, &interrupt_action) != 0) return errno;
  // A change of user undoes it (prctl(2)). Our supervisor may be gone by now: then so is the other
  // end of our socket, and next_test() ends.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

StepFailure become_fork_server(const Launch& launch) {
  if (const StepFailure failure = furnish_box(launch); failure.name != nullptr) return failure;
  if (const int error = size_thread_stacks(launch); error != 0) return {"thread stacks", error};
  if (const StepFailure failure = raise_fences(launch); failure.name != nullptr) return failure;
  if (const int error = become_untouchable(launch); error != 0) return {"process 1", error};
  return {};
}

std::int64_t used_ns() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

template <class Message>
void tell(const Message& message) {
  send(kServer, &message, sizeof message, MSG_NOSIGNAL);
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

// In the test's process: the rest of what a new process has to itself. Whether the standard streams
// that the interpreter made for its own descriptors are right for these too.
bool begin_test(std::span<const int> descriptors) {
  const KindsOfStreams kinds = kinds_of_streams();
  bool begun = setpgid(0, 0) == 0 && sigaction(SIGINT, &interrupt_action, nullptr) == 0;
  // As exec does for a program of the cold path, which may read its own /proc.
  begun = begun && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
  for (int to = 0; to < 3; ++to) {
    begun = begun && dup2(descriptors[static_cast<std::size_t>(to)], to) >= 0;
  }
  if (!begun) {  // which is not the program's fault, and must not look like it
    tell(kNotBegun);
    syscall(SYS_exit_group, 127);
  }
  // The report takes the place of the socket.
  const bool has_report = descriptors.size() > 3;
  if (has_report) dup2(descriptors[3], kReportDescriptor);
  close_range(has_report ? kReportDescriptor + 1 : kReportDescriptor, ~0U, 0);
  return kinds == kinds_of_streams();
}

std::int64_t nanoseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

// In the ipc namespace of the box: segments, semaphores and queues need no process to stay.
bool has_system_v_objects() {
  shm_info segments{};
  seminfo semaphores{};
  msginfo queues{};
  const bool asked = shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&segments)) >= 0 &&
                     semctl(0, 0, SEM_INFO, &semaphores) >= 0 &&
                     msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&queues)) >= 0;
  return !asked || segments.used_ids > 0 || semaphores.semusz > 0 || queues.msgpool > 0;
}

TestEnded await_test(pid_t test) {
  TestEnded ended;
  rusage used{};
  while (wait4(test, &ended.wait_status, 0, &used) < 0 && errno == EINTR) {
  }
  ended.cpu_ns = nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
  ended.peak_bytes = std::int64_t{used.ru_maxrss} * 1024;
  // Process 1 itself is not among all. Whatever is left dies here, and is told: the box goes.
  ended.alone = kill(-1, SIGKILL) != 0 && errno == ESRCH && !has_system_v_objects();
  return ended;
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

#define FOR_PYTHON __attribute__((visibility("default")))

// The functions that Python calls. The descriptor is the interpreter's socket.
extern "C" {

// Says that the interpreter waits for its first job, or that process `child` was forked for one; a
// negative one is minus the errno for which there is none.
FOR_PYTHON void warm_forked(int socket, int child) {
  if (job.launch.status != nullptr) munmap(job.launch.status, sizeof(RunStatus));
  job.launch.status = nullptr;
  for (std::size_t i = 0; i < job.descriptor_count; ++i) close(job.descriptors[i]);
  job.descriptor_count = 0;
  const std::int32_t answer = child;
  send(socket, &answer, sizeof answer, MSG_NOSIGNAL);
}

// Whether there is a box to fork for. No: the supervisor is gone, and so should we be.
FOR_PYTHON int warm_next_job(int socket) {
  const Received message = receive(socket, job.text, job.descriptors);
  job.descriptor_count = message.descriptors;
  return message.size > 0 && understand(message.size);
}

// 0 in the child; in the parent what warm_forked() wants.
FOR_PYTHON int warm_fork() {
  PyOS_BeforeFork();
  const long child = fork_into_box(job.launch.cgroup);
  const int error = errno;
  if (child == 0) {
    PyOS_AfterFork_Child();
  } else {
    PyOS_AfterFork_Parent();
  }
  return child < 0 ? -error : static_cast<int>(child);
}

// In the child. Returns when the fences stand.
FOR_PYTHON void warm_enter() {
  const StepFailure failure = become_fork_server(job.launch);
  RunStatus& status = *job.launch.status;
  if (failure.name != nullptr) {
    status.phase = Phase::failed;
    status.error = failure.error;
    std::strncpy(status.step, failure.name, sizeof status.step - 1);
    syscall(SYS_exit_group, 127);
  }
  // What the supervisor counts in is out of reach from here on.
  munmap(&status, sizeof status);
  used_before_ns = used_ns();
}

// In the child, after warm_enter(): the program's arguments, each ended by a 0.
FOR_PYTHON const char* warm_arguments() { return job.arguments; }
FOR_PYTHON std::size_t warm_argument_bytes() { return job.argument_bytes; }

// Serves tests until the supervisor is gone. Returns in the process of each test only: whether the
// standard streams are right as they are.
FOR_PYTHON int warm_next_test() {
  tell(ServerReady{.cpu_ns = used_ns() - used_before_ns});
  for (;;) {
    char text = 0;
    int descriptors[kMaxTestDescriptors];
    const Received message = receive(kServer, {&text, 1}, descriptors);
    if (message.descriptors < 3 || text != kNextTest) syscall(SYS_exit_group, 0);
    const std::span<const int> streams(descriptors, message.descriptors);
    PyOS_BeforeFork();
    const pid_t test = fork();
    if (test == 0) {
      PyOS_AfterFork_Child();
      return begin_test(streams);
    }
    PyOS_AfterFork_Parent();
    for (const int descriptor : streams) close(descriptor);
    if (test < 0) syscall(SYS_exit_group, 1);
    tell(await_test(test));
  }
}

}  // extern "C"
