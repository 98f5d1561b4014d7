// The warm interpreter of one supervisor: started when first wanted, replaced when it does not
// answer or has served long enough.
//
// It lives beside the boxes and outlasts them: in the supervisor's user, network and host name
// namespaces, in a copy of the mount namespace of Root::python, with all rights in them, and
// outside every box's pid namespace. It never reads anything that a program wrote (warm_python.py,
// warm_job.h): its forks do, behind their fences. Its memory is not counted as the run's: a warm
// run's peak is some 6 MB below a cold one's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/first_victim.h"
#include "sandbox/launch.h"

namespace proctor::sandbox {

struct WarmPlan {
  std::string prefix{};                 // SandboxOptions::warm_prefix
  int mounts = -1;                      // the mount namespace of Root::python, borrowed
  char* const* environment = nullptr;   // of every run
  const OomScore* oom_score = nullptr;  // of the supervisor, borrowed
};

// Used by the one thread of a supervisor.
class WarmPython {
 public:
  explicit WarmPython(WarmPlan plan) : plan_(std::move(plan)) {}
  ~WarmPython() { stop(); }
  WarmPython(const WarmPython&) = delete;
  WarmPython& operator=(const WarmPython&) = delete;

  // A process 1 for the launch, as its number: a child of the calling process. `server` is its end
  // of a socket. Starts the interpreter if there is none, which takes as long as a cold start.
  // Errors: unavailable, when there is none to be had, or it could not fork.
  Result<pid_t> fork_for(const Launch& launch, int server);

  // Kills it and waits for its end.
  void stop();

  pid_t pid() const { return pid_; }  // -1: none

 private:
  Result<void> start();
  Result<void> make_ready();
  Result<std::int32_t> answer(int patience_ms);
  [[noreturn]] void become_interpreter(int socket) const;

  WarmPlan plan_;
  pid_t pid_ = -1;
  FileDescriptor socket_;
  int forks_ = 0;     // of this interpreter
  int failures_ = 0;  // in a row, of interpreters
};

}  // namespace proctor::sandbox
