// The warm interpreter of one box, as its supervisor keeps it: started when first wanted, asked
// after every run whether it still answers, replaced when it does not or has served long enough.
//
// It lives beside the runs and outlasts them: in the box's user, network and host name namespaces,
// in a copy of the mount namespace of Root::python, with all rights in them, and outside every
// run's pid namespace. It never reads anything that a program wrote (warm_python.py, warm_job.h).
// Its memory is not counted as the run's: a warm run's peak is some 6 MB below a cold one's.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"

namespace proctor::sandbox {

struct WarmPlan {
  std::string prefix{};                // SandboxOptions::warm_prefix
  int mounts = -1;                     // the mount namespace of Root::python, borrowed
  char* const* environment = nullptr;  // of every run
};

// Used by the one thread of a supervisor.
class WarmPython {
 public:
  explicit WarmPython(WarmPlan plan) : plan_(std::move(plan)) {}
  ~WarmPython() { stop(); }
  WarmPython(const WarmPython&) = delete;
  WarmPython& operator=(const WarmPython&) = delete;

  // The socket to hand the next run over to (Launch::warm). Starts the interpreter if there is
  // none, which takes as long as a cold start. -1: there is none to be had, and the run must start
  // cold.
  int socket_for_run();

  // To be told after every run that was handed over, when its process 1 is gone: whether the
  // program came to run. Returns whether the interpreter still answers; if not, what the run's
  // status says about the end is not to be trusted. Afterwards nothing writes to that status.
  bool run_ended(bool well);

  // Kills it and waits for its end.
  void stop();

  pid_t pid() const { return pid_; }  // -1: none

 private:
  Result<void> start();
  bool is_ready(int patience_ms);
  [[noreturn]] void become_interpreter(int socket) const;

  WarmPlan plan_;
  pid_t pid_ = -1;
  FileDescriptor socket_;
  int runs_ = 0;      // that this interpreter has served
  int failures_ = 0;  // in a row, of interpreters
};

}  // namespace proctor::sandbox
