#include "sandbox/helper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "harness/core/check.h"
#include "sandbox/os_error.h"
#include "sandbox/protocol.h"

namespace proctor::sandbox {

namespace {

Result<std::pair<FileDescriptor, FileDescriptor>> make_socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return os_error("sandbox: socketpair");
  }
  return std::pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Signals of the terminal are the judge's to handle, and so are its handlers.
void leave_judge() {
  setsid();
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  umask(0);  // files in a box get the mode that they are made with
}

// Everything of the judge's that was open: files with locks, sockets, pipes that someone reads to
// the end. stderr stays, for check().
FileDescriptor keep_only(FileDescriptor control) {
  constexpr int kKept = 3;
  if (control.get() != kKept) {
    check(dup3(control.get(), kKept, O_CLOEXEC) == kKept);
    if (control.get() > kKept) control.close();
  }
  close_range(kKept + 1, ~0U, 0);
  const FileDescriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  check(null.is_open());
  dup2(null.get(), STDIN_FILENO);
  dup2(null.get(), STDOUT_FILENO);
  return FileDescriptor(kKept);
}

// The helper's own life, in its process.
class HelperProcess {
 public:
  HelperProcess(const SandboxPlan& plan, FileDescriptor control, FileDescriptor judge)
      : plan_(plan),
        control_(std::move(control)),
        judge_(std::move(judge)),
        prefix_(cgroup_prefix(getpid())) {}

  void serve() {
    sweep_cgroups(plan_.cgroups);
    while (wait_for_request()) {
      Result<Message> request = receive_message(control_.get());
      if (!request) break;
      reap_supervisors();
      start_supervisor(*request);
    }
    end_all();
  }

 private:
  // False once the judge has closed its end or is dead.
  bool wait_for_request() const {
    pollfd events[] = {{.fd = control_.get(), .events = POLLIN, .revents = 0},
                       {.fd = judge_.get(), .events = POLLIN, .revents = 0}};
    while (poll(events, 2, -1) < 0) check(errno == EINTR);
    return events[1].revents == 0;
  }

  void start_supervisor(Message& request) {
    int box = 0;
    if (request.text.size() != sizeof box || request.descriptors.size() != 1) return;
    std::memcpy(&box, request.text.data(), sizeof box);
    const pid_t helper = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      if (getppid() != helper) _exit(1);
      control_.close();
      judge_.close();
      supervise(plan_, box, prefix_ + std::to_string(box), std::move(request.descriptors[0]));
      _exit(0);
    }
    if (pid > 0) supervisors_.push_back(pid);
  }

  void reap_supervisors() {
    std::erase_if(supervisors_, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
  }

  // A supervisor's boxes die with it (PDEATHSIG).
  void end_all() {
    for (const pid_t pid : supervisors_) kill(pid, SIGKILL);
    for (const pid_t pid : supervisors_) waitpid(pid, nullptr, 0);
    remove_cgroups(plan_.cgroups, prefix_);
  }

  const SandboxPlan& plan_;
  FileDescriptor control_;
  FileDescriptor judge_;
  std::string prefix_;
  std::vector<pid_t> supervisors_;
};

[[noreturn]] void live_as_helper(const SandboxPlan& plan, FileDescriptor control, pid_t judge) {
  leave_judge();
  FileDescriptor kept = keep_only(std::move(control));
  FileDescriptor judge_process(static_cast<int>(syscall(SYS_pidfd_open, judge, 0)));
  // It may have died in between, and its number be another's by now.
  if (judge_process.is_open() && getppid() == judge) {
    HelperProcess(plan, std::move(kept), std::move(judge_process)).serve();
  }
  // Not exit(): destructors and buffers of the judge's are not ours.
  _exit(0);
}

}  // namespace

Helper::Helper(pid_t pid, FileDescriptor control) : pid_(pid), control_(std::move(control)) {}

Helper::Helper(Helper&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), control_(std::move(other.control_)) {}

Result<Helper> Helper::start(const SandboxPlan& plan) {
  auto ends = make_socket_pair();
  if (!ends) return ends.error();
  const pid_t judge = getpid();
  const pid_t pid = fork();
  if (pid < 0) return os_error("sandbox: fork");
  if (pid == 0) {
    ends->first.close();
    live_as_helper(plan, std::move(ends->second), judge);
  }
  return Helper(pid, std::move(ends->first));
}

Helper::~Helper() {
  if (pid_ < 0) return;
  control_.close();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<FileDescriptor> Helper::start_supervisor(int box) const {
  auto ends = make_socket_pair();
  if (!ends) return ends.error();
  const std::string request(reinterpret_cast<const char*>(&box), sizeof box);
  Result<void> sent = send_message(control_.get(), request, {ends->second.get()});
  if (!sent) return sent.error();
  return std::move(ends->first);
}

}  // namespace proctor::sandbox
