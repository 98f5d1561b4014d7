// A sandbox that runs nothing: a test's script says how each program ended. What it was asked to
// run is kept.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "sandbox/sandbox.h"

namespace proctor::support {

class FakeSandbox : public sandbox::Sandbox {
 public:
  using Script =
      std::function<Result<sandbox::ProgramRun>(const sandbox::Program&, const sandbox::Limits&)>;
  using InteractiveScript = std::function<Result<sandbox::InteractiveRun>(
      const sandbox::Program& program, const sandbox::Program& interactor)>;

  // Called from many threads.
  explicit FakeSandbox(Script script, InteractiveScript interactive = {})
      : script_(std::move(script)), interactive_(std::move(interactive)) {}

  Result<sandbox::ProgramRun> run(const sandbox::Program& program,
                                  const sandbox::Limits& limits) override {
    keep(program);
    ++running_;
    Result<sandbox::ProgramRun> run = script_(program, limits);
    --running_;
    return run;
  }

  Result<sandbox::InteractiveRun> run_interactive(const sandbox::Program& program,
                                                  const sandbox::Limits&,
                                                  const sandbox::Program& interactor,
                                                  const sandbox::Limits&) override {
    keep(program);
    return interactive_(program, interactor);
  }

  const std::vector<sandbox::Layer>& layers() const override { return layers_; }
  bool full() const override { return true; }

  // The programs so far, in the order in which they began.
  std::vector<sandbox::Program> programs() const {
    const std::lock_guard lock(mutex_);
    return programs_;
  }
  int running() const { return running_; }

 private:
  void keep(const sandbox::Program& program) {
    const std::lock_guard lock(mutex_);
    programs_.push_back(program);
  }

  const Script script_;
  const InteractiveScript interactive_;
  const std::vector<sandbox::Layer> layers_;
  std::atomic<int> running_ = 0;
  mutable std::mutex mutex_;
  std::vector<sandbox::Program> programs_;  // guarded by mutex_
};

}  // namespace proctor::support
