// The sandbox and the judge over it, made for the verbs that run programs.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "graders/code/judge.h"
#include "harness/core/result.h"
#include "sandbox/sandbox.h"

namespace proctor::harness::grading {

struct CodeJudgeOptions {
  int boxes = 0;              // programs that run at a time; 0: one a processor
  bool require_full = false;  // fail if a layer of the sandbox is missing
  bool warm_python = true;
  // What compilers made before; empty: $XDG_CACHE_HOME/proctor, or ~/.cache/proctor, or nowhere.
  std::filesystem::path cache{};
};

struct CodeJudge {
  std::unique_ptr<sandbox::Sandbox> sandbox;
  std::unique_ptr<graders::code::Judge> judge;  // uses the sandbox, and so is destroyed before it
};

// To be called before any thread is started: the sandbox forks. Errors: unavailable, naming the
// missing layer.
Result<CodeJudge> make_code_judge(const CodeJudgeOptions& options);

// The layers that should stand and do not, "seccomp (Operation not permitted), ..."; empty if none.
std::string missing_layers(const sandbox::Sandbox& sandbox);

}  // namespace proctor::harness::grading
