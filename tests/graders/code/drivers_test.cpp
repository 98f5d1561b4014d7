#include "graders/code/drivers.h"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::graders::code;
using namespace std::chrono_literals;

namespace {

constexpr const char* kNonce = "abcdefghijklmnop";

std::string record(const std::string& kind, const std::string& payload) {
  return kNonce + (" " + kind + " ") + std::to_string(payload.size()) + "\n" + payload;
}

// One sandbox for all cases of this program, with a warm interpreter; null: none on this machine.
sandbox::Sandbox* box() {
  static const Result<std::unique_ptr<sandbox::Sandbox>> made =
      sandbox::make_sandbox({.boxes = 1, .warm_prefix = driver_prefix()});
  return made ? made->get() : nullptr;
}

sandbox::ProgramRun run(const sandbox::Program& program, sandbox::Limits limits = {}) {
  const Result<sandbox::ProgramRun> ended = box()->run(program, limits);
  REQUIRE_MESSAGE(ended, ended.error().message());
  return *ended;
}

// Both ways to start a script; everything below holds for both.
constexpr bool kColdAndWarm[] = {false, true};

using Kind = CompatTest::Kind;

}  // namespace

TEST_CASE("a report is read up to the first bytes that are no record") {
  using End = FunctionEnd::Kind;
  struct Row {
    std::string report;
    End kind;
    const char* text;
  };
  const Row rows[] = {
      {record("value", "[1,2]"), End::value, "[1,2]"},
      {record("unequal", "set"), End::unequal, "set"},
      {record("foreign", "why"), End::unreadable, "why"},
      {record("left", ""), End::left, ""},
      {record("value", "1") + "noise", End::value, "1"},
      {record("value", "1") + record("value", "2"), End::value, "1"},
      {"", End::nothing, ""},
      {"noise" + record("value", "1"), End::nothing, ""},
      {record("value", "12").substr(0, 26), End::nothing, ""},  // a byte is missing
      {"abcdefghijklmnoq value 1\n1", End::nothing, ""},        // another nonce
      {"abcdefghijklmnop value -1\n1", End::nothing, ""},
      {"abcdefghijklmnop value 1x\n1", End::nothing, ""},
      {"abcdefghijklmnop value 99999999999999999999\n1", End::nothing, ""},
      {"abcdefghijklmnop\n1", End::nothing, ""},
      {record("answer", "1"), End::nothing, ""},  // no such kind
  };
  for (const Row& row : rows) {
    CAPTURE(row.report);
    const FunctionEnd end = parse_function_report(row.report, kNonce);
    CHECK(end.kind == row.kind);
    CHECK(end.text == row.text);
  }
}

TEST_CASE("a compat report says how far the tests came") {
  const std::string two = record("output", "6\n") + record("limit", "TimeoutException()");
  CompatReport report = parse_compat_report(two + record("done", ""), kNonce);
  REQUIRE(report.tests.size() == 2);
  CHECK(report.tests[0].kind == Kind::output);
  CHECK(report.tests[0].text == "6\n");
  CHECK(report.tests[1].kind == Kind::time_limit);
  CHECK(report.complete);
  CHECK(!report.failed);

  report = parse_compat_report(two, kNonce);
  CHECK(report.tests.size() == 2);
  CHECK(!report.complete);

  report = parse_compat_report(record("failed", "invalid syntax") + record("done", ""), kNonce);
  CHECK(report.failed);
  CHECK(report.complete);
  CHECK(report.message == "invalid syntax");
}

TEST_CASE("a program that is compiled once for its tests says what it would say in each") {
  if (box() == nullptr) SKIP("needs a sandbox");
  const std::string codes[] = {
      "print(int(input()) + 1)",
      "print(input() is 1)",    // warns when it is compiled
      "print('\\d', input())",  // would warn elsewhere
      "print(1\n",              // no program
      "x = " + std::string(300, '(') + std::string(300, ')'),
      "x = " + std::string(5000, '-') + "1\nprint(input())",
      "import sys\nsys.setrecursionlimit(10**6)\nx = " + std::string(60'000, '-') + "1",
      "\0",
      "# coding: latin-1\nprint(len('\xe9'))",
      "# coding: nonsense\nprint(1)",
      "from __future__ import annotations\nx: nothing = 1\nprint(x)",
      "def f():\n  return 1 // int(input())\nprint(f())",
  };
  const sandbox::Limits limits{.memory = 1U << 30};
  for (const std::string& code : codes) {
    CAPTURE(code.substr(0, 80));
    sandbox::Program program = stdin_program(code, {}, Prelude::livecodebench);
    program.series = sandbox::next_series();
    for (const char* input : {"1\n", "0\n", "1\n"}) {
      program.input = input;
      sandbox::Program again = program;
      again.warm = false;
      const sandbox::ProgramRun warm = run(program, limits);
      const sandbox::ProgramRun cold = run(again, limits);
      CHECK(warm.output == cold.output);
      CHECK(warm.error_output == cold.error_output);
      CHECK(warm.exit_code == cold.exit_code);
      CHECK(warm.signal == cold.signal);
      CHECK(warm.ending == cold.ending);
    }
  }
}

TEST_CASE("a program sees nothing of the rehearsal") {
  if (box() == nullptr) SKIP("needs a sandbox");
  constexpr const char* kLooks[] = {
      "import builtins; print(sorted(globals()), sorted(vars(builtins)))",
      "print(sorted(set(sys.modules) - {'gc'}))",  // which the interpreter itself has
      "import gc; gc.collect()\n"
      "print([type(x).__name__ for x in gc.get_objects() if type(x).__name__ == 'Solution'])",
      "print([c.__name__ for c in object.__subclasses__() if c.__module__ == '__main__'])",
      "import warnings; print(warnings.filters)",
      "print(sys.stdin is sys.__stdin__, stdin is sys.stdin, stdout is sys.stdout)",
      "print(sys.getrecursionlimit(), sys.get_int_max_str_digits(), sys.gettrace())",
      "print(os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd') else '')",
  };
  for (const char* look : kLooks) {
    CAPTURE(std::string(look));
    sandbox::Program program =
        stdin_program(std::string("import os\n") + look, "rest\n", Prelude::livecodebench);
    sandbox::Program again = program;
    again.warm = false;
    const sandbox::ProgramRun warm = run(program);
    const sandbox::ProgramRun cold = run(again);
    CHECK(warm.warm);
    CHECK(warm.output == cold.output);
    CHECK(warm.error_output == cold.error_output);
    CHECK(warm.exit_code == 0);
  }
}

TEST_CASE("every test has random numbers of its own") {
  if (box() == nullptr) SKIP("needs a sandbox");
  sandbox::Program program = stdin_program("print(random.random())", {}, Prelude::livecodebench);
  program.series = sandbox::next_series();
  std::set<std::string> outputs;
  for (int i = 0; i < 4; ++i) outputs.insert(run(program).output);
  CHECK(outputs.size() == 4);
}

TEST_CASE("no two nonces are alike") {
  const std::string first = make_nonce();
  CHECK(first.size() == 16);
  CHECK(first.find_first_not_of("abcdefghijklmnop") == std::string::npos);
  CHECK(first != make_nonce());
}

TEST_CASE("a program runs as python would run it") {
  if (box() == nullptr) SKIP("needs a sandbox");
  struct Row {
    const char* code;
    const char* input;
    int exit_code;
    const char* output;
  };
  constexpr Row kRows[] = {
      {"print(int(input()) + 1)", "41\n", 0, "42\n"},
      {"import sys\nprint(__name__, __file__, sys.argv)", "", 0,
       "__main__ /box/main.py ['/box/main.py']\n"},
      {"import __main__\nx = 1\nprint(__main__.x)", "", 0, "1\n"},
      {"print(Counter('aab').most_common(1), pow(2, 3, 5))", "", 0, "[('a', 2)] 3\n"},
      {"def f(n): return n and 1 + f(n - 1)\nprint(f(3000))", "", 0, "3000\n"},
      {"import sys\nprint([line for line in sys.stdin])", "a\r\nb", 0, "['a\\r\\n', 'b']\n"},
      {"import sys\nprint(sys.stdin.buffer.read())", "a\xff", 0, "b'a\\xff'\n"},
      {"print(open(0).read())", "x", 0, "x\n"},
      {"from sys import stdin\nprint(stdin.readline())", "x\ny", 0, "x\n\n"},
      {"print(1); exit()", "", 0, "1\n"},
      {"print(1); quit(3)", "", 3, "1\n"},
      {"import sys\nprint(1); sys.exit('why')", "", 1, "1\n"},
      {"import os\nprint(1, flush=True); os._exit(7)", "", 7, "1\n"},
      {"print(1)\nraise ValueError", "", 1, "1\n"},
      {"print(1", "", 1, ""},
      // What ends late: threads, exit handlers, files that nobody closed.
      {"import threading, time\nthreading.Thread(target=lambda: (time.sleep(.1), "
       "print(2))).start()\n"
       "print(1)",
       "", 0, "1\n2\n"},
      {"import atexit\natexit.register(print, 'end')\nprint(1)", "", 0, "1\nend\n"},
      {"out = open(1, 'w')\nout.write('kept')", "", 0, "kept"},
      {"class Last:\n  def __del__(self): print('gone')\nlast = Last()\nprint(1)", "", 0,
       "1\ngone\n"},
      {"import sys, io\nsys.stdout = io.TextIOWrapper(open(1, 'wb'))\nprint(1)", "", 0, "1\n"},
  };
  for (const Row& row : kRows) {
    for (const bool warm : kColdAndWarm) {
      CAPTURE(std::string(row.code));
      CAPTURE(warm);
      sandbox::Program program = stdin_program(row.code, row.input, Prelude::livecodebench);
      program.warm = warm;
      const sandbox::ProgramRun ended = run(program);
      CAPTURE(ended.error_output);
      CHECK(ended.ending == sandbox::Ending::exited);
      CHECK(ended.exit_code == row.exit_code);
      CHECK(ended.output == row.output);
      CHECK(ended.warm == warm);
    }
  }
}

TEST_CASE("a traceback shows the program and nothing of the driver") {
  if (box() == nullptr) SKIP("needs a sandbox");
  for (const bool warm : kColdAndWarm) {
    CAPTURE(warm);
    sandbox::Program program =
        stdin_program("def f():\n    return 1 // 0\n\nf()\n", "", Prelude::livecodebench);
    program.warm = warm;
    const sandbox::ProgramRun ended = run(program);
    CHECK(ended.exit_code == 1);
    CHECK(
        ended.error_output.starts_with("Traceback (most recent call last):\n"
                                       "  File \"/box/main.py\", line 4, in <module>\n"));
    CHECK(ended.error_output.find("line 2, in f\n    return 1 // 0\n") != std::string::npos);
    CHECK(ended.error_output.find("driver.py") == std::string::npos);
  }
}

TEST_CASE("without the prelude a program finds only what it imports") {
  if (box() == nullptr) SKIP("needs a sandbox");
  for (const bool warm : kColdAndWarm) {
    CAPTURE(warm);
    sandbox::Program program = stdin_program(
        "import sys\nprint(sys.getrecursionlimit(), 'math' in globals())", "", Prelude::none);
    program.warm = warm;
    CHECK(run(program).output == "1000 False\n");
  }
}

TEST_CASE("a function's value leaves the box as JSON") {
  if (box() == nullptr) SKIP("needs a sandbox");
  using End = FunctionEnd::Kind;
  struct Row {
    const char* body;  // of Solution.f(self, a, b)
    End kind;
    const char* text;
  };
  constexpr Row kRows[] = {
      {"return a + b", End::value, "5"},
      {"return (a, [b])", End::value, "[2, [3]]"},
      {"return {'x': None, 'y': [True, 1.5]}", End::value, "{\"x\": null, \"y\": [true, 1.5]}"},
      {"return float('inf')", End::value, "Infinity"},
      {"return [(a, b)]", End::unequal, "<class 'list'>"},
      {"return {1: 2}", End::unequal, "<class 'dict'>"},
      {"return {a, b}", End::unequal, "<class 'set'>"},
      {"return self", End::unreadable, "<class '__main__.Solution'>"},
      {"x = []; x.append(x); return x", End::unreadable, "<class 'list'>"},
      {"print(a + b)", End::value, "null"},
      {"import sys; sys.exit()", End::left, ""},
      {"import os; os._exit(0)", End::nothing, ""},
      {"raise ValueError", End::nothing, ""},
      {"import os; [os.close(n) for n in range(3, 64) if n > 2 and not os.write(2, b'')]",
       End::nothing, ""},
  };
  for (const Row& row : kRows) {
    for (const bool warm : kColdAndWarm) {
      CAPTURE(std::string(row.body));
      CAPTURE(warm);
      const std::string nonce = make_nonce();
      sandbox::Program program =
          function_program(std::string("class Solution:\n  def f(self, a, b):\n    ") + row.body,
                           "f", "2\n3", nonce);
      program.warm = warm;
      const sandbox::ProgramRun ended = run(program);
      CAPTURE(ended.error_output);
      const FunctionEnd end = parse_function_report(ended.report, nonce);
      CHECK(end.kind == row.kind);
      CHECK(end.text == row.text);
    }
  }
}

TEST_CASE("a function need not be a method but must be there") {
  if (box() == nullptr) SKIP("needs a sandbox");
  const std::string nonce = make_nonce();
  const sandbox::ProgramRun found =
      run(function_program("def f(a):\n  return a", "f", "\"x\"", nonce));
  CHECK(found.exit_code == 0);
  CHECK(parse_function_report(found.report, nonce).text == "\"x\"");
  const sandbox::ProgramRun missing =
      run(function_program("def g(a):\n  return a", "f", "\"x\"", nonce));
  CHECK(missing.exit_code == 1);
  CHECK(parse_function_report(missing.report, nonce).kind == FunctionEnd::Kind::nothing);
}

TEST_CASE("a program that writes to every descriptor forges nothing but its own end") {
  if (box() == nullptr) SKIP("needs a sandbox");
  const std::string nonce = make_nonce();
  const sandbox::ProgramRun ended = run(function_program(R"(
import os
class Solution:
    def f(self, a):
        for number in range(3, 64):
            try:
                os.write(number, b'abcdefghijklmnop value 1\n7')
            except OSError:
                pass
        return a
)",
                                                         "f", "6", nonce));
  CHECK(parse_function_report(ended.report, nonce).kind == FunctionEnd::Kind::nothing);
}

TEST_CASE("the compat driver does to programs what LiveCodeBench does") {
  if (box() == nullptr) SKIP("needs a sandbox");
  struct Row {
    const char* code;
    std::vector<Kind> kinds;
    std::vector<const char*> outputs;
  };
  const Row rows[] = {
      {"print(int(input()) + 1)", {Kind::output, Kind::output}, {"2\n", "3\n"}},
      {"if __name__ == '__main__':\n  print(1)", {Kind::output, Kind::output}, {"1\n", "1\n"}},
      {"if __name__ == '__main__':\n  print(1)\nx = 1", {Kind::output, Kind::output}, {"", ""}},
      {"n = 0\ndef f():\n  global n\n  n += 1\nf()", {Kind::error}, {}},
      {"import sys\nprint(sys.stdin.read() == sys.stdin.read())",
       {Kind::output, Kind::output},
       {"True\n", "True\n"}},
      {"import sys\nfor line in sys.stdin: pass", {Kind::error}, {}},
      {"import sys\nprint(sys.stdin.buffer.readline() == sys.stdin.buffer.readline())",
       {Kind::output, Kind::output},
       {"True\n", "True\n"}},
      {"from sys import stdin\nprint(stdin.readline())",
       {Kind::output, Kind::output},
       {"1\n", "2\n"}},
      {"import builtins\nprint(builtins.open('x').read())",
       {Kind::output, Kind::output},
       {"1\n", "2\n"}},
      {"print(open(0).read())", {Kind::output, Kind::error}, {"\n"}},  // closed for good
      {"import sys\nsys.stdout.buffer.write(b'1')", {Kind::error}, {}},
      {"print(1); exit()", {Kind::output, Kind::output}, {"1\n", "1\n"}},
      {"print(1); quit()", {Kind::error}, {}},
      {"class Solution: pass\nprint(1)", {}, {}},  // upstream looks for the word
      {"globals().setdefault('seen', []).append(1)\nprint(len(globals()['seen']))",
       {Kind::output, Kind::output},
       {"1\n", "2\n"}},
      {"import threading, time\n"
       "threading.Thread(target=lambda: (time.sleep(.5), print(1))).start()",
       {Kind::output, Kind::output},
       {"", ""}},
  };
  for (const Row& row : rows) {
    for (const bool warm : kColdAndWarm) {
      CAPTURE(std::string(row.code));
      CAPTURE(warm);
      const std::string nonce = make_nonce();
      sandbox::Program program = compat_program(row.code, "", {"1", "2"}, nonce);
      program.warm = warm;
      const sandbox::ProgramRun ended = run(program);
      CAPTURE(ended.error_output);
      const CompatReport report = parse_compat_report(ended.report, nonce);
      CHECK(report.complete);
      CHECK(report.failed == row.kinds.empty());
      REQUIRE(report.tests.size() == row.kinds.size());
      for (std::size_t i = 0; i < row.kinds.size(); ++i) {
        CHECK(report.tests[i].kind == row.kinds[i]);
        if (i < row.outputs.size()) CHECK(report.tests[i].text == row.outputs[i]);
      }
    }
  }
}

TEST_CASE("the compat driver calls functions of one object") {
  if (box() == nullptr) SKIP("needs a sandbox");
  const std::string nonce = make_nonce();
  const auto report_of = [&](const char* code) {
    return parse_compat_report(run(compat_program(code, "f", {"1\n2", "3\n4"}, nonce)).report,
                               nonce);
  };
  CompatReport report = report_of(
      "class Solution:\n  seen = 0\n  def f(self, a, b):\n    self.seen += 1\n"
      "    return a + b if self.seen == 1 else (a,)");
  REQUIRE(report.tests.size() == 2);
  CHECK(report.tests[0].text == "3");
  CHECK(report.tests[1].text == "[3]");
  CHECK(report.complete);

  report = report_of("def f(a, b):\n  return 1 / (a - 3)");
  REQUIRE(report.tests.size() == 2);
  CHECK(report.tests[1].kind == Kind::error);
  CHECK(report.tests[1].text == "ZeroDivisionError('division by zero')");

  report = report_of("def f(a, b):\n  return 10 ** 60000");
  REQUIRE(report.tests.size() == 2);
  CHECK(report.tests[0].kind == Kind::unprintable);

  report = report_of("import sys\ndef f(a, b):\n  sys.exit()");
  CHECK(!report.complete);
  CHECK(report.tests.empty());

  report = report_of("def g(a, b):\n  return a");
  CHECK(report.failed);
}

TEST_CASE("the compat driver stops a test that takes too long") {
  if (box() == nullptr) SKIP("needs a sandbox");
  const std::string nonce = make_nonce();
  const sandbox::ProgramRun ended =
      run(compat_program("import time\ntime.sleep(60)", "", {"1", "2"}, nonce), {.wall = 19s});
  const CompatReport report = parse_compat_report(ended.report, nonce);
  REQUIRE(report.tests.size() == 1);
  CHECK(report.tests[0].kind == Kind::time_limit);
  CHECK(report.complete);
}

TEST_CASE("the probes of the judge data end the same way cold and warm") {
  if (box() == nullptr) SKIP("needs a sandbox");
  const std::filesystem::path path = support::shared_data() / "judge" / "lcb_probes.jsonl";
  std::ifstream file(path);
  if (!file) SKIP("needs shared/data/judge/lcb_probes.jsonl");
  int compared = 0;
  for (std::string line; std::getline(file, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    const auto id = row["id"].get<std::string>();
    const auto code = row["code"].get<std::string>();
    // What takes seconds or shows the interpreter's frames differs only in time or in depth.
    if (id.find("sleep") != std::string::npos || id.find("busy") != std::string::npos ||
        id.find("loops") != std::string::npos) {
      continue;
    }
    CAPTURE(id);
    const auto input = row["tests"][0]["input"].get<std::string>();
    const bool on_stdin = row["fn_name"].is_null();
    sandbox::ProgramRun runs[2];
    for (const bool warm : kColdAndWarm) {
      sandbox::Program program = on_stdin ? stdin_program(code, input, Prelude::livecodebench)
                                          : function_program(code, row["fn_name"], input, kNonce);
      program.warm = warm;
      runs[warm] = run(program);
    }
    CHECK(runs[1].ending == runs[0].ending);
    CHECK(runs[1].exit_code == runs[0].exit_code);
    CHECK(runs[1].output == runs[0].output);
    CHECK(runs[1].report == runs[0].report);
    ++compared;
  }
  CHECK(compared > 60);
}
