#include "sandbox/warm_python.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "sandbox/os_error.h"
#include "sandbox/steps.h"
#include "sandbox/warm_job.h"

namespace proctor::embedded {
extern const std::string_view kWarmFences;
extern const std::string_view kWarmPython;
}  // namespace proctor::embedded

namespace proctor::sandbox {

namespace {

// Long enough for the imports on a machine that is busy with other things.
constexpr int kStartPatienceMs = 20'000;
constexpr int kForkPatienceMs = 10'000;
// Then memory that it has written to by and by is like new again. A start costs as much as some
// hundred forks.
constexpr int kForksPerInterpreter = 2'000;
constexpr int kMaxFailures = 3;

constexpr int kSocket = 3;  // where the interpreter finds its socket

struct Interior {
  const WarmPlan& plan;
  int socket;
};

int die_with_supervisor(const Interior&) {
  return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 ? 0 : errno;
}

// A /tmp of its own, for what it loads; no other place of the root can be written to.
int enter_root(const Interior& interior) {
  if (setns(interior.plan.mounts, CLONE_NEWNS) != 0) return errno;
  if (unshare(CLONE_NEWNS) != 0) return errno;
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV;
  return mount("tmpfs", "/tmp", "tmpfs", kFlags, "size=16m,mode=0755") == 0 ? 0 : errno;
}

int put_file(const char* path, std::string_view content) {
  const FileDescriptor file(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
  if (!file.is_open()) return errno;
  while (!content.empty()) {
    const ssize_t written = write(file.get(), content.data(), content.size());
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int put_files(const Interior& interior) {
  if (const int error = put_file("/tmp/warm_fences.so", embedded::kWarmFences)) return error;
  if (const int error = put_file("/tmp/warm_python.py", embedded::kWarmPython)) return error;
  return put_file("/tmp/prefix.py", interior.plan.prefix);
}

// Its own standard streams are of the kinds that runs have: it never uses them, so those of most
// runs can be these same objects.
int place_descriptors(const Interior& interior) {
  const int input = memfd_create("stdin", MFD_CLOEXEC);
  int output[2];
  if (input < 0 || pipe2(output, O_CLOEXEC) != 0) return errno;
  const int socket = fcntl(interior.socket, F_DUPFD_CLOEXEC, kSocket + 1);
  if (socket < 0) return errno;
  if (dup2(input, 0) < 0 || dup2(output[1], 1) < 0 || dup2(output[1], 2) < 0) return errno;
  if (dup2(socket, kSocket) < 0) return errno;
  return close_range(kSocket + 1, ~0U, 0) == 0 ? 0 : errno;
}

// The kernel keeps this much room for the main stack below everything else, and decides so once, at
// exec: a run's own limit may then be anything up to it.
int make_room_for_stacks(const Interior&) {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return errno;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 64ULL << 30);
  return setrlimit(RLIMIT_STACK, &limit) == 0 ? 0 : errno;
}

// An exec takes the rights of any id but 0 away, unless they are ambient (capabilities(7)).
int keep_rights(const Interior&) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return errno;
  for (__user_cap_data_struct& half : data) half.inheritable = half.permitted;
  if (syscall(SYS_capset, &header, data) != 0) return errno;
  for (unsigned long capability = 0; capability < 64; ++capability) {
    const __user_cap_data_struct& half = data[capability / 32];
    if ((half.permitted >> (capability % 32) & 1U) == 0) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) return errno;
  }
  return 0;
}

constexpr Step<Interior> kSteps[] = {
    {"PDEATHSIG", die_with_supervisor},
    {"root", enter_root},
    {"files", put_files},
    {"descriptors", place_descriptors},
    {"room for stacks", make_room_for_stacks},
    {"rights", keep_rights},
};

}  // namespace

Result<pid_t> WarmPython::fork_for(const Launch& launch, int server) {
  if (Result<void> ready = make_ready(); !ready) return ready.error();
  Result<void> sent = send_warm_job(socket_.get(), server, launch);
  const Result<std::int32_t> child =
      sent ? answer(kForkPatienceMs) : Result<std::int32_t>(sent.error());
  if (!child || *child <= 0) {
    stop();
    ++failures_;
    return child ? os_error("fork of the warm interpreter", -*child) : child.error();
  }
  ++forks_;
  failures_ = 0;
  return *child;
}

Result<void> WarmPython::make_ready() {
  if (failures_ >= kMaxFailures) {
    return Error(ErrorCode::unavailable, "the warm interpreter does not start");
  }
  if (pid_ > 0 && forks_ >= kForksPerInterpreter) stop();
  if (pid_ > 0) return {};
  Result<void> ready = start();
  if (ready) {
    if (const Result<std::int32_t> said = answer(kStartPatienceMs); !said) ready = said.error();
  }
  if (!ready) {
    stop();
    ++failures_;
  }
  return ready;
}

void WarmPython::stop() {
  socket_.close();
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

Result<void> WarmPython::start() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return os_error("warm interpreter");
  }
  socket_ = FileDescriptor(ends[0]);
  const FileDescriptor theirs(ends[1]);
  const BirthOfVictims birth(*plan_.oom_score);
  const pid_t pid = fork();
  if (pid < 0) return os_error("warm interpreter");
  if (pid == 0) become_interpreter(theirs.get());
  pid_ = pid;
  forks_ = 0;
  return {};
}

// Once after its imports, and once after every job.
Result<std::int32_t> WarmPython::answer(int patience_ms) {
  pollfd event{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  int answered = -1;
  do {
    answered = poll(&event, 1, patience_ms);
  } while (answered < 0 && errno == EINTR);
  std::int32_t said = 0;
  if (answered > 0 && recv(socket_.get(), &said, sizeof said, MSG_DONTWAIT) == sizeof said) {
    return said;
  }
  return Error(ErrorCode::unavailable, "the warm interpreter does not answer");
}

void WarmPython::become_interpreter(int socket) const {
  const Interior interior{plan_, socket};
  if (take_steps(kSteps, interior).name == nullptr) {
    const char* const arguments[] = {"/usr/bin/python3",    "-s", "-S",
                                     "/tmp/warm_python.py", "3",  nullptr};
    execve(arguments[0], const_cast<char* const*>(arguments), plan_.environment);
  }
  _exit(127);  // the socket closes with it, and the supervisor starts its runs cold
}

}  // namespace proctor::sandbox
