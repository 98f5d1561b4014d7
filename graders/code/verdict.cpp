#include "graders/code/verdict.h"

#include <algorithm>

#include "harness/core/check.h"

namespace proctor::graders::code {

std::string_view short_name(JudgeVerdict verdict) {
  switch (verdict) {
    case JudgeVerdict::accepted:
      return "AC";
    case JudgeVerdict::wrong_answer:
      return "WA";
    case JudgeVerdict::time_limit:
      return "TLE";
    case JudgeVerdict::memory_limit:
      return "MLE";
    case JudgeVerdict::output_limit:
      return "OLE";
    case JudgeVerdict::runtime_error:
      return "RE";
    case JudgeVerdict::compile_error:
      return "CE";
    case JudgeVerdict::internal_error:
      break;
  }
  return "IE";
}

TestOutcome internal_error(const Error& error) {
  TestOutcome outcome;
  outcome.detail = error.message();
  return outcome;
}

Judgement failed_before_tests(JudgeVerdict verdict, std::string detail, std::size_t tests) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.total = tests;
  judgement.first_failure = Judgement::Failure{0, verdict, std::move(detail), {}};
  return judgement;
}

Judgement summed_up(const std::vector<TestOutcome>& outcomes, std::size_t tests) {
  check(!outcomes.empty() && outcomes.size() <= tests);
  Judgement judgement;
  judgement.total = tests;
  for (const TestOutcome& outcome : outcomes) {
    check(!judgement.first_failure);
    const std::size_t test = static_cast<std::size_t>(&outcome - outcomes.data());
    judgement.cpu = std::max(judgement.cpu, outcome.cpu);
    judgement.wall = std::max(judgement.wall, outcome.wall);
    judgement.memory = std::max(judgement.memory, outcome.memory);
    if (outcome.first_cpu) judgement.repeats.push_back({test, *outcome.first_cpu, outcome.cpu});
    if (outcome.verdict == JudgeVerdict::accepted) {
      ++judgement.passed;
    } else {
      judgement.first_failure =
          Judgement::Failure{test, outcome.verdict, outcome.detail, outcome.lcb_code};
    }
  }
  check(judgement.first_failure || judgement.passed == tests);
  judgement.verdict =
      judgement.first_failure ? judgement.first_failure->verdict : JudgeVerdict::accepted;
  return judgement;
}

}  // namespace proctor::graders::code
