#include <signal.h>

#include <algorithm>
#include <utility>

#include "graders/code/box_run.h"
#include "graders/code/test_runner.h"

namespace proctor::graders::code {
namespace {

using sandbox::InteractiveRun;
using sandbox::ProgramRun;

// Who writes to someone who has left: SIGPIPE, or Python's exception for it.
bool broke_a_pipe(const ProgramRun& run) {
  if (run.ending == sandbox::Ending::signalled) return run.signal == SIGPIPE;
  return run.error_output.find("BrokenPipeError") != std::string::npos;
}

// The program talks with an interactor. Who went first decides whose fault a broken pipe is
// (reference/code_judging.md, section 2.6).
class InteractiveRunner : public TestRunner {
 public:
  InteractiveRunner(RunnerParts parts, sandbox::Program interactor)
      : parts_(std::move(parts)), interactor_(std::move(interactor)) {}

  TestOutcome run(const TestCase& test, bool cold) const override {
    sandbox::Program program = parts_.program;
    if (cold) program.warm = false;
    const sandbox::Limits limits = limits_for(parts_.job);
    sandbox::Limits interactor_limits = limits;
    interactor_limits.memory = std::max<sandbox::Bytes>(limits.memory, 1ULL << 30);
    // So that of two that wait for each other it is the program that meets its limit.
    interactor_limits.cpu = limits.wall;
    interactor_limits.wall = limits.wall + std::chrono::seconds(5);
    const Result<InteractiveRun> run =
        parts_.sandbox.run_interactive(program, limits, interactor_for(test), interactor_limits);
    if (!run) return internal_error(run.error());
    TestOutcome outcome = outcome_of(run->program, parts_.job);
    Opinion opinion = settle(outcome, *run);
    if (opinion.verdict == JudgeVerdict::accepted && writes_output()) {
      const auto& files = run->interactor.files;
      const bool wrote = !files.empty() && files[0];
      opinion = parts_.checker->check(test, wrote ? *files[0] : std::string());
    }
    outcome.verdict = opinion.verdict;
    outcome.detail = std::move(opinion.detail);
    return outcome;
  }

 private:
  Convention convention() const { return parts_.job.interactor->convention; }

  // testlib's interactors write what a checker program is to see.
  bool writes_output() const {
    return convention() == Convention::testlib &&
           std::holds_alternative<Helper>(parts_.job.checker);
  }

  sandbox::Program interactor_for(const TestCase& test) const {
    sandbox::Program program = interactor_;
    program.files.push_back({"input", test.input, false});
    program.files.push_back({"answer", test.output, false});
    const bool kattis = convention() == Convention::kattis;
    const std::vector<std::string> arguments =
        kattis ? std::vector<std::string>{"/box/input", "/box/answer", "/box/"}
               : std::vector<std::string>{"/box/input", "/box/output", "/box/answer"};
    program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
    program.outputs = {kattis ? "judgemessage.txt" : "output"};
    return program;
  }

  Opinion opinion_of_interactor(const ProgramRun& run) const {
    const bool wrote_message =
        convention() == Convention::kattis && !run.files.empty() && run.files[0];
    Opinion opinion =
        opinion_of_exit(convention(), run, wrote_message ? *run.files[0] : run.error_output);
    if (opinion.verdict == JudgeVerdict::internal_error) {
      opinion.detail = "interactor: " + opinion.detail;
    }
    return opinion;
  }

  Opinion settle(const TestOutcome& program, const InteractiveRun& run) const {
    const Opinion failure = {program.verdict, program.detail};
    const bool failed = program.verdict != JudgeVerdict::accepted;
    if (run.program_ended_first) {
      if (failed) return failure;
      if (broke_a_pipe(run.interactor)) {
        return {JudgeVerdict::wrong_answer, "ended while the interactor had more to say"};
      }
      return opinion_of_interactor(run.interactor);
    }
    Opinion opinion = opinion_of_interactor(run.interactor);
    if (opinion.verdict != JudgeVerdict::accepted || !failed) return opinion;
    const bool not_its_fault =
        program.verdict == JudgeVerdict::runtime_error && broke_a_pipe(run.program);
    return not_its_fault ? opinion : failure;
  }

  const RunnerParts parts_;
  const sandbox::Program interactor_;
};

}  // namespace

std::unique_ptr<TestRunner> make_interactive_runner(RunnerParts parts,
                                                    sandbox::Program interactor) {
  return std::make_unique<InteractiveRunner>(std::move(parts), std::move(interactor));
}

}  // namespace proctor::graders::code
