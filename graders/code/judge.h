// The judge: a program and its tests in, a verdict out.
//
// A program is built once; its tests run in processes and boxes of their own (or one box after
// another test that left nothing there: sandbox/README.md), several at a time, up to the first that
// fails, which is the same whatever the timing. The expected outputs never enter a solution's
// box. A run that is too near to its time limit is repeated alone, in a cold interpreter, and the
// repetition counts.
#pragma once

#include <memory>

#include "graders/code/compiler.h"
#include "graders/code/job.h"
#include "graders/code/quiet_room.h"
#include "graders/code/test_pool.h"
#include "graders/code/test_runner.h"
#include "graders/code/verdict.h"
#include "sandbox/sandbox.h"

namespace proctor::graders::code {

struct JudgeOptions {
  int boxes = 2;  // the sandbox's: as many tests run at a time
  CompilerFolders folders{};
};

// Thread-safe. Starts threads: the sandbox, which must outlive it, was made before.
class Judge {
 public:
  Judge(sandbox::Sandbox& sandbox, const JudgeOptions& options);

  // Blocks. What goes wrong on our side is a verdict too, internal_error; so is a job without
  // tests.
  Judgement judge(const Job& job);

  sandbox::Sandbox& sandbox() { return sandbox_; }

 private:
  struct Built;  // a runner of tests, or why there is none

  Built build(const Job& job);
  Result<sandbox::Program> build_program(const Job& job, std::string& complaint);
  Judgement judge_tests(const Job& job, const TestRunner& runner);
  Judgement judge_in_one_process(const Job& job);

  sandbox::Sandbox& sandbox_;
  Compiler compiler_;
  QuietRoom room_;
  TestPool pool_;
};

}  // namespace proctor::graders::code
