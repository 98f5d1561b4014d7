// A judge over a real sandbox, for tests that run programs.
#pragma once

#include <memory>
#include <string>

#include "graders/code/drivers.h"
#include "graders/code/judge.h"
#include "sandbox/sandbox.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::code {

struct RealJudge {
  support::TempDir cache;
  std::unique_ptr<sandbox::Sandbox> sandbox;
  std::unique_ptr<Judge> judge;
};

// Null where this machine has no sandbox. To be called while there is one thread.
inline std::unique_ptr<RealJudge> make_real_judge(bool warm_python = true) {
  auto real = std::make_unique<RealJudge>();
  sandbox::SandboxOptions options;
  options.boxes = 2;
  options.warm_python = warm_python;
  options.warm_prefix = driver_prefix();
  options.shared_folder = real->cache.path().string();
  Result<std::unique_ptr<sandbox::Sandbox>> sandbox = sandbox::make_sandbox(options);
  if (!sandbox) return nullptr;
  real->sandbox = std::move(*sandbox);
  real->judge = std::make_unique<Judge>(
      *real->sandbox, JudgeOptions{.boxes = 2,
                                   .folders = {.programs = real->cache / "programs",
                                               .headers = real->cache.path()}});
  return real;
}

}  // namespace proctor::graders::code
