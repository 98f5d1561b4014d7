// Python programs as the sandbox runs them: what lies in the box besides the program, and what its
// driver reports (drivers/*.py, which the binary holds). The protocol is nobody else's business.
//
// A report is what an untrusted process wrote: it says what the program answered, and that is all
// it can say. The nonce only keeps a program that writes to every descriptor from garbling it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sandbox.h"

namespace proctor::graders::code {

enum class Prelude {
  none,
  livecodebench,  // its star imports and its recursion limit before the program
};

// The beginning of every driver script, for SandboxOptions::warm_prefix.
std::string driver_prefix();

// 16 letters that a program cannot know before it runs.
std::string make_nonce();

// The program with `input` as its stdin, as `python3 main.py` would run it. No report.
sandbox::Program stdin_program(std::string code, std::string input, Prelude prelude);

// One call of `function`, a method of the program's class Solution or a function of its own.
// `arguments` holds one JSON value a line: the program's input, and all that differs between tests.
sandbox::Program function_program(std::string code, const std::string& function,
                                  std::string arguments, const std::string& nonce);

// What the call came to. It counts only if the process then ended with exit code 0.
struct FunctionEnd {
  enum class Kind {
    value,       // `text`: its JSON; infinities and NaN as Python writes them
    unequal,     // a value that equals no value from JSON: a tuple in a list, a set, bytes
    unreadable,  // a value that cannot be written as JSON; `text` says why
    left,        // the program ended itself by sys.exit(0) and the like, without a value
    nothing,     // it raised, was killed, or left by os._exit
  };
  Kind kind = Kind::nothing;
  std::string text{};
};
FunctionEnd parse_function_report(std::string_view report, std::string_view nonce);

// LiveCodeBench's own runner over all tests in one process; `function` is empty for programs that
// read stdin. Its wall limit is (6 + 1) x tests + 5 seconds, upstream's outer one.
sandbox::Program compat_program(std::string code, const std::string& function,
                                const std::vector<std::string>& inputs, const std::string& nonce);

// What upstream's runner has before it compares. Its codes: -3 time limit, -4 error.
struct CompatTest {
  enum class Kind {
    output,       // `text`: what the program printed
    value,        // `text`: JSON of what the function returned
    unequal,      // as above: upstream's comparison fails
    unprintable,  // the comparison fails, and then upstream fails to describe the value: False, -4
    unreadable,   // only its type knows what it equals; upstream asks it, we cannot
    time_limit,   // -3
    error,        // -4
  };
  Kind kind = Kind::output;
  std::string text{};
};

struct CompatReport {
  std::vector<CompatTest> tests{};  // up to the first that did not come to a result
  bool failed = false;    // "Error during testing": the result is [-4] whatever came before
  std::string message{};  // of `failed`
  bool complete = false;  // if not: the process died, -5, unless a test before was wrong
};
CompatReport parse_compat_report(std::string_view report, std::string_view nonce);

}  // namespace proctor::graders::code
