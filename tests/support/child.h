// Real programs as subprocesses of a test: started, watched, killed, and accounted for.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "tests/support/temp_dir.h"

namespace proctor::support {

struct ChildOptions {
  std::vector<std::pair<std::string, std::string>> environment{};  // besides, or instead of, ours
  std::filesystem::path directory{};                               // empty is the test's own
  bool hold_stdin = false;  // a pipe, open until release_stdin() or wait(); otherwise /dev/null
};

// How a child ended. Exactly one of `exit_code` and `signal` is set.
struct ChildEnd {
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool ran_too_long = false;  // wait() killed it
  std::chrono::microseconds user_cpu{0};
  std::chrono::microseconds system_cpu{0};
  std::int64_t max_rss_kib = 0;
  std::string out;
  std::string err;
};

// One running program. Killed (SIGKILL) and reaped by the destructor.
class Child {
 public:
  // Runs argv[0], searched in PATH unless it has a slash. Output goes to files, so that a child
  // never waits for its reader. Errors: not_found; io.
  static Result<Child> start(const std::vector<std::string>& argv,
                             const ChildOptions& options = {});
  ~Child();
  Child(Child&&) noexcept;
  Child& operator=(Child&&) = delete;

  pid_t pid() const { return pid_; }
  void kill(int signal) const;
  void release_stdin() { stdin_.close(); }

  // What it has written up to now.
  std::string out() const;
  std::string err() const;

  // Waits for the end, which may be called for once, and kills the child when `patience` is over.
  ChildEnd wait(std::chrono::milliseconds patience = std::chrono::minutes(2));

 private:
  Child() = default;

  std::unique_ptr<TempDir> files_;
  FileDescriptor stdin_;
  pid_t pid_ = -1;  // or -1 once it is reaped
};

// Starts the program and waits for it.
Result<ChildEnd> run_child(const std::vector<std::string>& argv, const ChildOptions& options = {});

}  // namespace proctor::support
