// What is to be judged: a program, the tests it must pass, and how its answers are checked. Also
// its form as a line of JSON (DESIGN section 6).
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "graders/code/comparison.h"
#include "graders/code/language.h"
#include "graders/code/testlib/checkers.h"
#include "graders/code/verdict.h"
#include "harness/core/result.h"
#include "sandbox/sandbox.h"

namespace proctor::graders::code {

struct TestCase {
  std::string input;
  std::string output;
};

// How a checker or an interactor is called and how it answers.
enum class Convention {
  testlib,  // checker INPUT OUTPUT ANSWER; exit 0 right, 1 2 4 8 wrong
  kattis,   // checker INPUT ANSWER FOLDER < OUTPUT; exit 42 right, 43 wrong
  // checker INPUT ANSWER OUTPUT; prints 1 or 100 if right, another number if wrong. An output over
  // which it fails, with an exit code other than 0, is wrong too if the jury's answer in its place
  // is accepted.
  open_r1,
};

// A program that decides about others.
struct Helper {
  const Language* language = nullptr;
  std::string code;
  std::vector<sandbox::BoxFile> files;  // that it includes
  Convention convention = Convention::testlib;
};

struct Job {
  enum class Mode { standard_io, function, interactive };
  enum class Runner {
    process,     // each test is a process of its own, as contest judges do it
    lcb_compat,  // LiveCodeBench's own runner, its faults included: all tests in one process
  };

  const Language* language = nullptr;
  std::string code;
  Mode mode = Mode::standard_io;
  Runner runner = Runner::process;  // lcb_compat is for Python, and not interactive
  std::string function;             // of mode function
  std::vector<TestCase> tests;
  std::chrono::milliseconds time_limit{6000};  // of processor time; LiveCodeBench's
  sandbox::Bytes memory_limit = 1ULL << 30;    // room for NumPy
  std::variant<Comparison, const testlib::NamedChecker*, Helper> checker;
  std::optional<Helper> interactor;
  // Of mode standard_io: files in the working directory that stand in for stdin and stdout; empty:
  // these themselves.
  std::string input_file;
  std::string output_file;
};

// Reads the fields of a `judge` line but for its id; the runner is not among them. "time_limit_s",
// "memory_limit_mb", "input_file", "output_file" and "checker" (tokens; a function's value is
// compared as JSON) may be missing. A checker is the name of a comparison (comparison.h),
// "testlib:" with the name of a standard checker, or a program. A program that checks or interacts
// is
// {"language","code","files"?:{NAME: TEXT},"convention"?:"testlib"|"kattis"|"open-r1"}; without a
// convention it is guessed from the code:
//   - "42" and "43" occur as numbers: kattis;
//   - a checker in Python that prints, and does not exit with a code: open-r1;
//   - else testlib.
// Errors: invalid_input, naming the field.
Result<Job> parse_job(const nlohmann::json& line);

// The same without "language", "code" and "mode": the mode is what a "function" or an "interactor"
// says, or else standard_io. Errors: as above.
Result<Job> parse_job_without_program(const nlohmann::json& line);

// The fields of an output line after its id: verdict, passed, total, first_failure, cpu_ms,
// wall_ms, memory_kb, and where tests were run twice repeats: [{test, first_cpu_ms,
// second_cpu_ms}].
void add_judgement(const Judgement& judgement, nlohmann::ordered_json& line);

}  // namespace proctor::graders::code
