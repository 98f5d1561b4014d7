// Runs as the contract in sandbox/sandbox.h describes them.
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"

namespace proctor::sandbox::test {

namespace {

// Answers with the square of each number that it is told, until it is told 0.
constexpr const char* kSquares = R"(
while (line := input()) != '0':
    print(int(line) ** 2, flush=True)
)";

ErrorCode error_code_of(Program program) {
  const Result<ProgramRun> run = shared_sandbox()->run(program, small_limits());
  REQUIRE(!run);
  CHECK(run.error().message().starts_with("sandbox: "));
  return run.error().code();
}

InteractiveRun talk(const std::string& program, const std::string& interactor) {
  Result<InteractiveRun> run = shared_sandbox()->run_interactive(
      python(program), small_limits(), python(interactor), small_limits());
  REQUIRE_MESSAGE(run, run.error().message());
  CHECK(run_then_normal(*shared_sandbox(), attacker("ignore_input")).exit_code == 0);
  return std::move(*run);
}

}  // namespace

TEST_CASE("a program gets its files and input and gives its outputs") {
  REQUIRE_SANDBOX();
  Program program = python(R"(
import os, sys
print(open('/box/data').read(), sys.stdin.read(), sys.argv[1], os.getcwd())
print('trouble', file=sys.stderr)
os.write(3, b'from the driver')
open('made', 'w').write('kept')
sys.exit(7)
)",
                           "from stdin");
  program.files.push_back({.name = "data", .content = std::string("a\0b", 3)});
  program.arguments.push_back("an argument");
  program.outputs = {"made", "never made", "data"};
  program.report = true;
  const ProgramRun run = run_then_normal(*shared_sandbox(), program);
  CHECK(run.ending == Ending::exited);
  CHECK(run.exit_code == 7);
  CHECK(run.output == std::string("a\0b from stdin an argument /box\n", 32));
  CHECK(run.error_output == "trouble\n");
  CHECK(run.report == "from the driver");
  REQUIRE(run.files.size() == 3);
  CHECK(run.files[0] == "kept");
  CHECK(!run.files[1].has_value());
  CHECK(run.files[2] == std::string("a\0b", 3));
  CHECK(!run.warm);
}

TEST_CASE("standard input can be opened by name") {
  REQUIRE_SANDBOX();
  if (!has_layer(*shared_sandbox(), "own /proc")) SKIP("needs a proc: it may not be mounted here");
  const ProgramRun run = run_then_normal(
      *shared_sandbox(), python("print(open('/dev/stdin').read(), open(0).read())\n", "text"));
  CHECK(run.output == "text text\n");
}

TEST_CASE("output can be opened by name") {
  REQUIRE_SANDBOX();
  if (!has_layer(*shared_sandbox(), "own /proc")) SKIP("needs a proc: it may not be mounted here");
  const ProgramRun run =
      run_then_normal(*shared_sandbox(), python("open('/dev/stdout', 'w').write('text')\n"));
  CHECK(run.output == "text");
}

TEST_CASE("numpy can be imported where it is installed") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), python(R"(
import sys
sys.path.append('/usr/lib/python3/dist-packages')
try:
    import numpy
except ModuleNotFoundError:
    print('absent')
else:
    print(numpy.dot([1, 2], [3, 4]))
)"));
  CAPTURE(run.error_output);
  if (run.output == "absent\n") SKIP("needs python3-numpy");
  CHECK(run.output == "11\n");
}

TEST_CASE("what cannot be described to a box is refused") {
  REQUIRE_SANDBOX();
  Program no_arguments = attacker("ignore_input");
  no_arguments.arguments.clear();
  CHECK(error_code_of(no_arguments) == ErrorCode::invalid_input);
  Program relative = attacker("ignore_input");
  relative.arguments[0] = "attacker";
  CHECK(error_code_of(relative) == ErrorCode::invalid_input);
  for (const char* name : {"", ".", "..", "a/b", "/etc/passwd"}) {
    CAPTURE(name);
    Program file = attacker("ignore_input");
    file.files.push_back({.name = name, .content = ""});
    CHECK(error_code_of(file) == ErrorCode::invalid_input);
    Program output = attacker("ignore_input");
    output.outputs = {name};
    CHECK(error_code_of(output) == ErrorCode::invalid_input);
  }
  Program long_arguments = attacker("ignore_input");
  long_arguments.arguments.push_back(std::string(100'000, 'x'));
  CHECK(error_code_of(long_arguments) == ErrorCode::invalid_input);
  CHECK(run_then_normal(*shared_sandbox(), attacker("ignore_input")).exit_code == 0);
}

TEST_CASE("a program that cannot be started is an error and no verdict") {
  REQUIRE_SANDBOX();
  Program absent = attacker("ignore_input");
  absent.arguments[0] = "/box/absent";
  CHECK(error_code_of(absent) == ErrorCode::unavailable);
  Program text = attacker("ignore_input");
  text.files[0].content = "not a program";
  CHECK(error_code_of(text) == ErrorCode::unavailable);
  Program too_much = attacker("ignore_input");
  too_much.files.push_back({.name = "huge", .content = std::string(20U << 20, 'x')});
  CHECK(error_code_of(too_much) == ErrorCode::unavailable);  // more than Limits::disk
  CHECK(run_then_normal(*shared_sandbox(), attacker("ignore_input")).exit_code == 0);
}

TEST_CASE("more threads than boxes take their turns") {
  REQUIRE_SANDBOX();
  constexpr int kThreads = 6;
  std::vector<std::string> outputs(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([i, &output = outputs[static_cast<std::size_t>(i)]] {
        for (int turn = 0; turn < 5; ++turn) {
          const Result<ProgramRun> run = shared_sandbox()->run(
              python("print(int(input()) + 1, end=' ')\n", std::to_string(i)), small_limits());
          output += run ? run->output : run.error().message();
        }
      });
    }
  }
  for (int i = 0; i < kThreads; ++i) {
    const std::string answer = std::to_string(i + 1) + " ";
    CHECK(outputs[static_cast<std::size_t>(i)] == answer + answer + answer + answer + answer);
  }
}

TEST_CASE("two programs talk to each other") {
  REQUIRE_SANDBOX();
  const InteractiveRun run = talk(kSquares, R"(
import sys
for number in (3, 12):
    print(number, flush=True)
    if int(input()) != number ** 2: sys.exit(43)
print(0, flush=True)
sys.exit(42)
)");
  CHECK(run.program.ending == Ending::exited);
  CHECK(run.program.exit_code == 0);
  CHECK(run.interactor.exit_code == 42);
  CHECK(run.program.output.empty());
}

TEST_CASE("of two that talk it is known who ended first") {
  REQUIRE_SANDBOX();
  const char* const kWaits = "import sys\nsys.exit(5 if input() else 6)\n";
  // The program dies while the interactor waits for an answer, which then gets the end of the file.
  const InteractiveRun crash = talk("raise SystemExit(1)\n", kWaits);
  CHECK(crash.program_ended_first);
  CHECK(crash.program.exit_code == 1);
  CHECK(crash.interactor.exit_code == 1);
  CHECK(crash.interactor.error_output.find("EOFError") != std::string::npos);
  // The interactor has seen enough, and the program's next answer meets a closed pipe.
  const InteractiveRun enough = talk(R"(
input()
while True: print('x' * 1000, flush=True)
)",
                                     "print('go', flush=True)\nraise SystemExit(43)\n");
  CHECK(!enough.program_ended_first);
  CHECK(enough.interactor.exit_code == 43);
  CHECK(enough.program.ending == Ending::exited);
  CHECK(enough.program.error_output.find("BrokenPipeError") != std::string::npos);
}

TEST_CASE("two that both wait meet the wall limit") {
  REQUIRE_SANDBOX();
  Limits short_wall = small_limits();
  short_wall.wall = milliseconds(500);
  const Result<InteractiveRun> run = shared_sandbox()->run_interactive(
      python("input()\n"), short_wall, python("input()\n"), small_limits());
  REQUIRE(run);
  CHECK(run->program.ending == Ending::wall_limit);
  CHECK(run->program_ended_first);
  CHECK(run->interactor.error_output.find("EOFError") != std::string::npos);
}

TEST_CASE("every needed layer stands and says so") {
  REQUIRE_SANDBOX();
  const Sandbox& sandbox = *shared_sandbox();
  CHECK(sandbox.full());
  int needed = 0;
  for (const Layer& layer : sandbox.layers()) {
    CAPTURE(layer.name);
    needed += layer.needed ? 1 : 0;
    CHECK((layer.active || !layer.needed));
    CHECK((layer.active || !layer.detail.empty()));
  }
  CHECK(needed == 11);
  for (const Layer& layer : sandbox.layers()) {
    if (layer.name != "cgroup") continue;
    CHECK(layer.detail.starts_with(layer.active ? "limits: cgroup" : "limits: rlimit"));
  }
}

}  // namespace proctor::sandbox::test
