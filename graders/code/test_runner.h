// How one test of a job is run: the program is started on the test's input, and what it answers is
// checked. One runner for each mode.
#pragma once

#include <memory>
#include <string>

#include "graders/code/checker.h"
#include "graders/code/compiler.h"
#include "graders/code/job.h"
#include "graders/code/verdict.h"
#include "sandbox/sandbox.h"

namespace proctor::graders::code {

// Thread-safe.
class TestRunner {
 public:
  virtual ~TestRunner() = default;

  // Blocks. `cold`: not in the warm interpreter, even if there is one. A box that could not be made
  // is an internal error.
  virtual TestOutcome run(const TestCase& test, bool cold) const = 0;
};

// What the runners are made of. Job and sandbox must outlive them.
struct RunnerParts {
  const Job& job;
  sandbox::Sandbox& sandbox;
  sandbox::Program program;  // without its input; unused in mode function
  std::unique_ptr<Checker> checker;
};

std::unique_ptr<TestRunner> make_stdin_runner(RunnerParts parts);
std::unique_ptr<TestRunner> make_function_runner(RunnerParts parts);
// `interactor` as build_helper() gives it.
std::unique_ptr<TestRunner> make_interactive_runner(RunnerParts parts, sandbox::Program interactor);

// Gives a Python program to the job's interpreter: the drivers' programs name the default one.
void use_interpreter(sandbox::Program& program, const Language& language);

}  // namespace proctor::graders::code
