#include "graders/code/lcb_compat.h"

#include <string>
#include <utility>

#include "graders/code/box_run.h"
#include "graders/code/drivers.h"
#include "graders/code/function_value.h"
#include "graders/code/test_runner.h"

namespace proctor::graders::code {
namespace {

using std::chrono::seconds;

constexpr int kWrong = -2;
constexpr int kTimeLimit = -3;
constexpr int kError = -4;
constexpr int kRunnerDied = -5;

sandbox::Limits compat_limits(const Job& job) {
  sandbox::Limits limits;
  limits.wall = seconds(7) * job.tests.size() + seconds(5);
  limits.cpu = limits.wall;
  limits.memory = job.memory_limit;
  return limits;
}

std::vector<std::string> inputs_of(const Job& job) {
  std::vector<std::string> inputs;
  for (const TestCase& test : job.tests) inputs.push_back(test.input);
  return inputs;
}

void fail(TestOutcome& outcome, JudgeVerdict verdict, std::string detail, int code) {
  outcome.verdict = verdict;
  outcome.detail = std::move(detail);
  outcome.lcb_code = code;
}

// Fills in what the runner says about one test, and what the comparison does.
void judge_test(const CompatTest& result, const TestCase& test, TestOutcome& outcome) {
  constexpr Comparison kUpstreams = {Comparison::Rule::lcb, 0};
  Opinion opinion{JudgeVerdict::accepted};
  switch (result.kind) {
    case CompatTest::Kind::output:
      if (auto different = difference(kUpstreams, test.output, result.text)) {
        opinion = {JudgeVerdict::wrong_answer, std::move(*different)};
      }
      break;
    case CompatTest::Kind::value:
      opinion = compare_values(test.output, result.text);
      break;
    case CompatTest::Kind::unequal:
      opinion = {JudgeVerdict::wrong_answer, "a value that JSON has no equal of"};
      break;
    case CompatTest::Kind::unprintable:
      return fail(outcome, JudgeVerdict::runtime_error, "a value that cannot be described", kError);
    case CompatTest::Kind::unreadable:
      return fail(outcome, JudgeVerdict::runtime_error, "not a plain value", kError);
    case CompatTest::Kind::time_limit:
      outcome.near_limit = true;
      return fail(outcome, JudgeVerdict::time_limit, "more than 6 s of wall time", kTimeLimit);
    case CompatTest::Kind::error:
      return fail(outcome, JudgeVerdict::runtime_error, result.text, kError);
  }
  outcome.verdict = opinion.verdict;
  outcome.detail = std::move(opinion.detail);
  if (outcome.verdict == JudgeVerdict::wrong_answer) outcome.lcb_code = kWrong;
}

// What follows the tests that passed, where the runner said no more.
TestOutcome end_of_runner(const CompatReport& report, const sandbox::ProgramRun& run,
                          TestOutcome outcome) {
  outcome.near_limit = outcome.verdict == JudgeVerdict::time_limit;
  if (report.failed) {
    fail(outcome, JudgeVerdict::runtime_error, "error during testing: " + report.message, kError);
  } else if (report.complete) {
    fail(outcome, JudgeVerdict::internal_error, "the runner left tests out", kRunnerDied);
  } else if (outcome.verdict == JudgeVerdict::accepted) {
    fail(outcome, JudgeVerdict::runtime_error, "the program ended the runner: exit code 0",
         kRunnerDied);
  } else {
    fail(outcome, outcome.verdict, "the program ended the runner: " + describe_ending(run),
         kRunnerDied);
  }
  return outcome;
}

}  // namespace

std::vector<TestOutcome> run_lcb_compat(const Job& job, sandbox::Sandbox& sandbox, bool cold) {
  const std::string nonce = make_nonce();
  sandbox::Program program = compat_program(job.code, job.function, inputs_of(job), nonce);
  use_interpreter(program, *job.language);
  if (cold) program.warm = false;
  const sandbox::Limits limits = compat_limits(job);
  const Result<sandbox::ProgramRun> run = sandbox.run(program, limits);
  if (!run) return {internal_error(run.error())};

  Job whole;  // as far as limits go
  whole.time_limit = limits.wall;
  whole.memory_limit = job.memory_limit;
  const TestOutcome process = outcome_of(*run, whole);
  const CompatReport report = parse_compat_report(run->report, nonce);
  std::vector<TestOutcome> outcomes;
  for (const CompatTest& result : report.tests) {
    if (outcomes.size() == job.tests.size()) break;
    TestOutcome outcome = process;
    outcome.near_limit = false;
    judge_test(result, job.tests[outcomes.size()], outcome);
    outcomes.push_back(std::move(outcome));
    if (outcomes.back().verdict != JudgeVerdict::accepted) return outcomes;
  }
  const bool all_passed = outcomes.size() == job.tests.size() && report.complete && !report.failed;
  if (all_passed) return outcomes;
  if (outcomes.size() == job.tests.size()) outcomes.pop_back();
  outcomes.push_back(end_of_runner(report, *run, process));
  return outcomes;
}

}  // namespace proctor::graders::code
