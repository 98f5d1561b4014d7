#include "tests/support/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "harness/core/check.h"

namespace proctor::support {

namespace {

namespace fs = std::filesystem;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const bool replaced = std::any_of(changes.begin(), changes.end(), [&](const auto& change) {
      return text.substr(0, text.find('=')) == change.first;
    });
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : changes) all.push_back(name + "=" + value);
  return all;
}

// What posix_spawn does in the child before it becomes the program.
class SpawnActions {
 public:
  SpawnActions() { check(posix_spawn_file_actions_init(&actions_) == 0); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void open(int fd, const fs::path& path, int flags) {
    check(posix_spawn_file_actions_addopen(&actions_, fd, path.c_str(), flags, 0600) == 0);
  }
  void duplicate(int from, int to) {
    check(posix_spawn_file_actions_adddup2(&actions_, from, to) == 0);
  }
  void enter(const fs::path& directory) {
    check(posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()) == 0);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::pair<FileDescriptor, FileDescriptor> make_pipe() {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC) == 0);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

bool ended_within(pid_t pid, std::chrono::milliseconds patience) {
  // Not glibc's pidfd_open: version 2.36 declares it without C linkage.
  const FileDescriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  check(process.is_open());
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd readable{.fd = process.get(), .events = POLLIN, .revents = 0};
    const int count = poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (count >= 0) return count == 1;
    check(errno == EINTR);
  }
}

std::chrono::microseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& argv, const ChildOptions& options) {
  check(!argv.empty());
  Child child;
  child.files_ = std::make_unique<TempDir>();
  constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
  SpawnActions actions;
  actions.open(STDOUT_FILENO, *child.files_ / "out", kWrite);
  actions.open(STDERR_FILENO, *child.files_ / "err", kWrite);
  FileDescriptor their_stdin;
  if (options.hold_stdin) {
    std::tie(their_stdin, child.stdin_) = make_pipe();
    actions.duplicate(their_stdin.get(), STDIN_FILENO);
  } else {
    actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  }
  if (!options.directory.empty()) actions.enter(options.directory);

  std::vector<std::string> arguments = argv;
  std::vector<std::string> environment = environment_with(options.environment);
  const int error = posix_spawnp(&child.pid_, argv[0].c_str(), actions.get(), nullptr,
                                 pointers_to(arguments).data(), pointers_to(environment).data());
  if (error != 0) {
    child.pid_ = -1;
    return Error(error == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                 argv[0] + ": " + std::strerror(error));
  }
  return child;
}

Child::Child(Child&& other) noexcept
    : files_(std::move(other.files_)),
      stdin_(std::move(other.stdin_)),
      pid_(std::exchange(other.pid_, -1)) {}

Child::~Child() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Child::kill(int signal) const {
  check(pid_ > 0);
  ::kill(pid_, signal);
}

std::string Child::out() const { return read_file(*files_ / "out"); }

std::string Child::err() const { return read_file(*files_ / "err"); }

ChildEnd Child::wait(std::chrono::milliseconds patience) {
  check(pid_ > 0);
  stdin_.close();
  ChildEnd end;
  end.ran_too_long = !ended_within(pid_, patience);
  if (end.ran_too_long) kill(SIGKILL);

  int status = 0;
  rusage used{};
  while (wait4(pid_, &status, 0, &used) < 0) check(errno == EINTR);
  pid_ = -1;
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.user_cpu = duration_of(used.ru_utime);
  end.system_cpu = duration_of(used.ru_stime);
  end.max_rss_kib = used.ru_maxrss;
  end.out = out();
  end.err = err();
  return end;
}

Result<ChildEnd> run_child(const std::vector<std::string>& argv, const ChildOptions& options) {
  Result<Child> child = Child::start(argv, options);
  if (!child) return child.error();
  return child->wait();
}

}  // namespace proctor::support
