// Who says whether an answer is right: a comparison of ours, a standard checker of testlib, or a
// checker program in a box.
//
// A checker program is trusted with the expected output, but not with the machine: it runs in a box
// of its own, never in the solution's. Its failures are internal errors, never wrong answers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "graders/code/compiler.h"
#include "graders/code/job.h"
#include "graders/code/verdict.h"
#include "sandbox/sandbox.h"

namespace proctor::graders::code {

// Whether it is right; a verdict of accepted, wrong_answer or internal_error, and why.
struct Opinion {
  JudgeVerdict verdict = JudgeVerdict::internal_error;
  std::string detail{};
};

// Thread-safe.
class Checker {
 public:
  virtual ~Checker() = default;
  virtual Opinion check(const TestCase& test, const std::string& output) const = 0;
};

// The sandbox must outlive the checker; so must the job. Blocks where a program must be compiled.
// Errors: invalid_input, for a checker that does not compile; unavailable.
Result<std::unique_ptr<Checker>> make_checker(const Job& job, Compiler& compiler,
                                              sandbox::Sandbox& sandbox);

// A helper's program, ready but for its arguments and files. Errors: as above.
Result<sandbox::Program> build_helper(const Helper& helper, Compiler& compiler);

// What the exit of a checker or an interactor means in its convention (not open_r1). `message` is
// what it had to say.
Opinion opinion_of_exit(Convention convention, const sandbox::ProgramRun& run,
                        std::string_view message);

}  // namespace proctor::graders::code
