#include <utility>

#include "graders/code/box_run.h"
#include "graders/code/drivers.h"
#include "graders/code/excerpt.h"
#include "graders/code/function_value.h"
#include "graders/code/python_value.h"
#include "graders/code/test_runner.h"

namespace proctor::graders::code {
namespace {

// One call of the job's function in a process of its own; the driver reports the value.
class FunctionRunner : public TestRunner {
 public:
  explicit FunctionRunner(RunnerParts parts) : parts_(std::move(parts)) {
    const Job& job = parts_.job;
    parts_.program = function_program(job.code, job.function, {}, nonce_);
    parts_.program.series = sandbox::next_series();
    use_interpreter(parts_.program, *job.language);
  }

  TestOutcome run(const TestCase& test, bool cold) const override {
    const Job& job = parts_.job;
    sandbox::Program program = parts_.program;
    program.input = test.input;
    if (cold) program.warm = false;
    const Result<sandbox::ProgramRun> run = parts_.sandbox.run(program, limits_for(job));
    if (!run) return internal_error(run.error());
    TestOutcome outcome = outcome_of(*run, job);
    if (outcome.verdict != JudgeVerdict::accepted) return outcome;
    Opinion opinion = opinion_of(parse_function_report(run->report, nonce_), test);
    outcome.verdict = opinion.verdict;
    outcome.detail = std::move(opinion.detail);
    return outcome;
  }

 private:
  static Opinion opinion_of(const FunctionEnd& end, const TestCase& test) {
    switch (end.kind) {
      case FunctionEnd::Kind::value:
        return compare_values(test.output, end.text);
      case FunctionEnd::Kind::unequal:
        return {JudgeVerdict::wrong_answer, "a value that JSON has no equal of"};
      case FunctionEnd::Kind::unreadable:
        return {JudgeVerdict::runtime_error, "not a plain value: " + shortened(end.text, 200)};
      case FunctionEnd::Kind::left:
        return {JudgeVerdict::wrong_answer, "left before it returned a value"};
      case FunctionEnd::Kind::nothing:
        break;
    }
    return {JudgeVerdict::runtime_error, "ended without a value"};
  }

  // One for all tests: they cannot speak to each other, and each could find it out by itself.
  const std::string nonce_ = make_nonce();
  RunnerParts parts_;
};

}  // namespace

Opinion compare_values(std::string_view expected, std::string_view actual) {
  const Result<PythonValue> wanted = parse_python_value(expected);
  if (!wanted) {
    return {JudgeVerdict::internal_error, "expected output: " + wanted.error().message()};
  }
  const Result<PythonValue> found = parse_python_value(actual);
  if (!found) return {JudgeVerdict::runtime_error, "returned value: " + found.error().message()};
  if (python_equal(*wanted, *found)) return {JudgeVerdict::accepted};
  return {JudgeVerdict::wrong_answer,
          "expected " + in_quotes(expected) + ", found " + in_quotes(actual)};
}

std::unique_ptr<TestRunner> make_function_runner(RunnerParts parts) {
  return std::make_unique<FunctionRunner>(std::move(parts));
}

}  // namespace proctor::graders::code
