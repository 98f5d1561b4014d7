// How a program did on a test, in the words of contest judges.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"
#include "sandbox/sandbox.h"

namespace proctor::graders::code {

enum class JudgeVerdict {
  accepted,
  wrong_answer,
  time_limit,
  memory_limit,
  output_limit,
  runtime_error,
  compile_error,
  internal_error,  // ours, or the checker's; never the program's fault
};

std::string_view short_name(JudgeVerdict verdict);  // "AC", "WA", "TLE"...

// One test.
struct TestOutcome {
  JudgeVerdict verdict = JudgeVerdict::internal_error;
  std::string detail{};  // for a person; empty for accepted ones
  std::chrono::milliseconds cpu{0};
  std::chrono::milliseconds wall{0};
  sandbox::Bytes memory = 0;
  // The run was so near to its time limit, or met the wall clock's and not the processor's, that
  // the load of the machine may have decided. Such a run is repeated alone.
  bool near_limit = false;
  std::optional<std::chrono::milliseconds> first_cpu{};  // of the run before the repeated one
  std::optional<int> lcb_code{};  // of a failure in LiveCodeBench's own runner: -2 to -5
};

TestOutcome internal_error(const Error& error);

// All tests of a program.
struct Judgement {
  struct Failure {
    std::size_t test = 0;  // from 0
    JudgeVerdict verdict = JudgeVerdict::internal_error;
    std::string detail{};
    std::optional<int> lcb_code{};
  };
  struct Repeat {
    std::size_t test = 0;
    std::chrono::milliseconds first_cpu{0};
    std::chrono::milliseconds second_cpu{0};
  };

  JudgeVerdict verdict = JudgeVerdict::internal_error;  // accepted, or that of the failure
  std::size_t passed = 0;                               // tests before the first that failed
  std::size_t total = 0;
  std::optional<Failure> first_failure{};
  // The most that any test took, up to the first that failed.
  std::chrono::milliseconds cpu{0};
  std::chrono::milliseconds wall{0};
  sandbox::Bytes memory = 0;
  std::vector<Repeat> repeats{};  // tests that were run twice
};

// The judgement of a program that was not run at all: every test fails in the same way.
Judgement failed_before_tests(JudgeVerdict verdict, std::string detail, std::size_t tests);

// The judgement that the outcomes of the first tests, up to and with the first failure, amount to.
Judgement summed_up(const std::vector<TestOutcome>& outcomes, std::size_t tests);

}  // namespace proctor::graders::code
