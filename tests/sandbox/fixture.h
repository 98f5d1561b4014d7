// The sandbox that tests attack, as whoever runs them, and programs to attack it with.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "sandbox/sandbox.h"

namespace proctor::sandbox::test {

// One a test program, with two boxes, no warm interpreter; made on first use, before any thread.
// Null where this machine allows none; then why_no_sandbox() says why.
Sandbox* shared_sandbox();
std::string why_no_sandbox();

// Ends a test case that needs a sandbox where none can be had.
#define REQUIRE_SANDBOX()                                  \
  if (proctor::sandbox::test::shared_sandbox() == nullptr) \
  SKIP(("needs a sandbox: " + proctor::sandbox::test::why_no_sandbox()).c_str())

// Whether the layer of that name is active.
bool has_layer(const Sandbox& sandbox, const std::string& name);

// The static program of tests/sandbox/attacker, made to try `attack`.
Program attacker(const std::string& attack);

// A Python script, started cold.
Program python(const std::string& script, const std::string& input = {});

// 1 s of CPU time, 2 s of wall time, 128 MiB, 20 processes, 16 MiB of disk, 1 MiB of output.
Limits small_limits();

// Runs the program, which must get that far, and then a normal one, which must be right: whatever
// the first has done, the box is as new.
ProgramRun run_then_normal(Sandbox& sandbox, const Program& program,
                           const Limits& limits = small_limits());

// Processes of this machine that run an attacker of this test program's.
std::vector<pid_t> attackers();

}  // namespace proctor::sandbox::test
