#include "graders/code/box_run.h"
#include "graders/code/test_runner.h"
#include "harness/core/check.h"

namespace proctor::graders::code {
namespace {

// stdin in, stdout out, and the checker has the last word on those that ended well.
class StdinRunner : public TestRunner {
 public:
  explicit StdinRunner(RunnerParts parts) : parts_(std::move(parts)) {}

  TestOutcome run(const TestCase& test, bool cold) const override {
    sandbox::Program program = parts_.program;
    program.input = test.input;
    if (cold) program.warm = false;
    const Result<sandbox::ProgramRun> run = parts_.sandbox.run(program, limits_for(parts_.job));
    if (!run) return internal_error(run.error());
    TestOutcome outcome = outcome_of(*run, parts_.job);
    if (outcome.verdict != JudgeVerdict::accepted) return outcome;
    Opinion opinion = parts_.checker->check(test, run->output);
    outcome.verdict = opinion.verdict;
    outcome.detail = std::move(opinion.detail);
    return outcome;
  }

 private:
  const RunnerParts parts_;
};

}  // namespace

std::unique_ptr<TestRunner> make_stdin_runner(RunnerParts parts) {
  return std::make_unique<StdinRunner>(std::move(parts));
}

void use_interpreter(sandbox::Program& program, const Language& language) {
  check(!program.arguments.empty());
  if (program.arguments[0] == language.tool) return;
  program.arguments[0] = language.tool;
  program.warm = false;
}

}  // namespace proctor::graders::code
