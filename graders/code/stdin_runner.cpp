#include "graders/code/box_run.h"
#include "graders/code/test_runner.h"
#include "harness/core/check.h"

namespace proctor::graders::code {
namespace {

// stdin in, stdout out, or the files that stand in for them; and the checker has the last word on
// those that ended well.
class StdinRunner : public TestRunner {
 public:
  explicit StdinRunner(RunnerParts parts) : parts_(std::move(parts)) {}

  TestOutcome run(const TestCase& test, bool cold) const override {
    sandbox::Program program = program_for(test);
    if (cold) program.warm = false;
    const Result<sandbox::ProgramRun> run = parts_.sandbox.run(program, limits_for(parts_.job));
    if (!run) return internal_error(run.error());
    TestOutcome outcome = outcome_of(*run, parts_.job);
    if (outcome.verdict != JudgeVerdict::accepted) return outcome;
    Opinion opinion = opinion_of(*run, test);
    outcome.verdict = opinion.verdict;
    outcome.detail = std::move(opinion.detail);
    return outcome;
  }

 private:
  sandbox::Program program_for(const TestCase& test) const {
    const Job& job = parts_.job;
    sandbox::Program program = parts_.program;
    if (job.input_file.empty()) {
      program.input = test.input;
    } else {
      program.files.push_back({job.input_file, test.input, false});
    }
    if (!job.output_file.empty()) program.outputs = {job.output_file};
    return program;
  }

  Opinion opinion_of(const sandbox::ProgramRun& run, const TestCase& test) const {
    const std::string& file = parts_.job.output_file;
    if (file.empty()) return parts_.checker->check(test, run.output);
    if (run.files.empty() || !run.files[0]) {
      return {JudgeVerdict::wrong_answer, "wrote no file " + file};
    }
    return parts_.checker->check(test, *run.files[0]);
  }

  const RunnerParts parts_;
};

}  // namespace

std::unique_ptr<TestRunner> make_stdin_runner(RunnerParts parts) {
  // Files differ from test to test; what is read from stdin is all that does otherwise.
  const bool only_streams = parts.job.input_file.empty() && parts.job.output_file.empty();
  if (only_streams) parts.program.series = sandbox::next_series();
  return std::make_unique<StdinRunner>(std::move(parts));
}

void use_interpreter(sandbox::Program& program, const Language& language) {
  check(!program.arguments.empty());
  if (program.arguments[0] == language.tool) return;
  program.arguments[0] = language.tool;
  program.warm = false;
}

}  // namespace proctor::graders::code
