// The warm interpreter: what a script sees is what it would see after a cold start, and whatever it
// does, the next one finds the interpreter as it was.
#include "sandbox/warm_python.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"

using namespace proctor;
using namespace proctor::sandbox;
using namespace proctor::sandbox::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPrefix = "import math\nimport random\nprepared = [41]\n";

Result<std::unique_ptr<Sandbox>> make_warm(const std::string& prefix) {
  return make_sandbox({.boxes = 1, .warm_prefix = prefix});
}

// One with a warm interpreter; null where there is no sandbox.
Sandbox* warm_sandbox() {
  static const Result<std::unique_ptr<Sandbox>> made = make_warm(kPrefix);
  return made ? made->get() : nullptr;
}

Program script(const std::string& text, bool warm, const std::string& input = {}) {
  Program program;
  program.arguments = {"/usr/bin/python3", "-s", "-S", "/box/script.py", "one", "two words"};
  program.root = Root::python;
  program.files = {{.name = "script.py", .content = kPrefix + text}};
  program.input = input;
  program.warm = warm;
  return program;
}

ProgramRun run(const Program& program, const Limits& limits = {}) {
  const Result<ProgramRun> ended = warm_sandbox()->run(program, limits);
  REQUIRE_MESSAGE(ended, ended.error().message());
  CHECK(ended->warm == program.warm);
  return *ended;
}

// What must hold after everything that a script could do.
void check_interpreter_is_as_new() {
  const ProgramRun ended = run(script(
      "import os\nprint(prepared, math.sqrt(16), os.listdir('/tmp'), input())", true, "in\n"));
  CHECK(ended.ending == Ending::exited);
  CHECK(ended.exit_code == 0);
  CHECK(ended.output == "[41] 4.0 [] in\n");
  CHECK(ended.error_output.empty());
}

// Whether `pid` comes from this test program.
bool is_descendant(pid_t pid) {
  while (pid > 1 && pid != getpid()) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name_end = text.rfind(')');  // a name may hold anything
    if (name_end == std::string::npos) return false;
    char state = 0;
    std::istringstream(text.substr(name_end + 1)) >> state >> pid;
  }
  return pid == getpid();
}

// Our interpreters that live now, told by their command line.
std::vector<pid_t> warm_interpreters() {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    std::ifstream file(entry.path() / "cmdline");
    std::stringstream line;
    line << file.rdbuf();
    if (line.str().find("/tmp/warm_python.py") == std::string::npos) continue;
    const pid_t pid = static_cast<pid_t>(std::stol(entry.path().filename()));
    if (is_descendant(pid)) found.push_back(pid);
  }
  return found;
}

// How many descriptors a process has open; 0: it may not be asked.
std::size_t descriptors_of(pid_t pid) {
  std::error_code error;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator at("/proc/" + std::to_string(pid) + "/fd", error), end;
       !error && at != end; at.increment(error)) {
    ++count;
  }
  return count;
}

std::size_t resident_pages_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident;
}

}  // namespace

#define REQUIRE_WARM_SANDBOX() \
  if (warm_sandbox() == nullptr) SKIP("needs a sandbox")

TEST_CASE("a warm script goes on behind the prefix that it begins with") {
  REQUIRE_WARM_SANDBOX();
  CHECK(run(script("prepared.append(len(prepared))\nprint(prepared)", true)).output == "[41, 1]\n");
  check_interpreter_is_as_new();
}

TEST_CASE("what a prefix rehearses is done once and before the first run") {
  REQUIRE_WARM_SANDBOX();
  const std::string prefix =
      "import os\ndone = []\ndef rehearse():\n    done.append(os.getpid())\n    print(end='')\n";
  const Result<std::unique_ptr<Sandbox>> made = make_warm(prefix);
  REQUIRE(made);
  const auto output = [&](bool warm) {
    Program looks = script("", warm, "in\n");
    looks.files[0].content = prefix + "print(len(done), os.getpid() in done, input())\ndone *= 2\n";
    const Result<ProgramRun> ended = (*made)->run(looks, {});
    REQUIRE(ended);
    CHECK(ended->warm == warm);
    return ended->output;
  };
  for (int i = 0; i < 3; ++i) CHECK(output(true) == "1 False in\n");
  CHECK(output(false) == "0 False in\n");
}

TEST_CASE("a prefix whose rehearsal fails has its scripts started cold") {
  REQUIRE_WARM_SANDBOX();
  const Result<std::unique_ptr<Sandbox>> made = make_warm("def rehearse(): raise ValueError\n");
  REQUIRE(made);
  const Result<ProgramRun> ended = (*made)->run(script("print(prepared)", true), {});
  REQUIRE(ended);
  CHECK(!ended->warm);
  CHECK(ended->output == "[41]\n");
}

TEST_CASE("a script without the prefix runs warm all the same") {
  REQUIRE_WARM_SANDBOX();
  Program program = script("", true);
  program.files[0].content = "print('prepared' in globals(), __name__)\n";
  CHECK(run(program).output == "False __main__\n");
}

TEST_CASE("what a script can see is the same warm and cold") {
  REQUIRE_WARM_SANDBOX();
  constexpr const char* kLooks[] = {
      "import sys; print(sys.argv, sys.orig_argv, sys.path, sys.flags)",
      "print(__name__, __file__, __doc__, __package__, __spec__, __builtins__, __loader__.path)",
      "import os; print(sorted(os.environ.items()), os.getcwd(), os.umask(0))",
      "import os; print(os.getuid(), os.geteuid(), os.getgid(), os.getgroups(), os.getpid())",
      "import os; print(os.nice(0), os.sched_getaffinity(0), os.sched_getscheduler(0))",
      "import os; print([n for n in range(1024) if os.path.exists('/proc/self/fd/%d' % n)])",
      "print([line for line in open('/proc/self/status') if line.startswith(('Uid', 'Gid', "
      "'Groups', "
      "'Sig', 'Shd', 'Cap', 'NoNewPrivs', 'Seccomp', 'Threads'))])",
      // Process 1 of a warm run counts as one of the program's, and the limit is one higher.
      "import resource\nfor n in range(16): print(n == 6 or resource.getrlimit(n))",
      "import signal\nprint([signal.getsignal(n) for n in range(1, 32)])",
      "import sys\nfor f in sys.stdin, sys.stdout, sys.stderr: print(f, f.name, f.mode, "
      "f.encoding, "
      "f.errors, f.newlines, f.line_buffering, f.write_through, f.seekable(), f.isatty(), "
      "f.buffer, "
      "f.buffer.raw, f.fileno())",
      "import sys; print(sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__)",
      "import sys; print(sys.getrecursionlimit(), sys.getswitchinterval(), "
      "sys.dont_write_bytecode)",
      "import gc, threading; print(gc.isenabled(), gc.get_threshold(), threading.active_count(), "
      "threading.stack_size())",
      "import locale, sys; print(locale.getlocale(), sys.getfilesystemencoding(), hash('fixed'))",
      "import os; print(sorted(os.listdir('/')), os.listdir('/box'), os.listdir('/tmp'))",
      "import socket; print(socket.gethostname())",
      "import os; print(os.statvfs('/box').f_blocks, os.statvfs('/tmp').f_files)",
      "def deep(n): return n and 1 + deep(n - 1)\nimport sys; sys.setrecursionlimit(99999)\n"
      "print(deep(90000))",
      "import threading, sys\nthreading.stack_size(0)\nsys.setrecursionlimit(10**6)\n"
      "def deep(n): return n and 1 + max([n], key=lambda m: deep(m - 1)) * 0 + deep(0)\n"
      "t = threading.Thread(target=lambda: print(deep(20000))); t.start(); t.join()",
      "import ctypes, subprocess, multiprocessing, json, ssl; print(ctypes.sizeof(ctypes.c_long))",
      "import subprocess; print(subprocess.run(['/bin/echo', 'hi'], capture_output=True).stdout)",
      "import os; print(os.fork() and os.wait()[1])",
      "print(input(), input())",
      "import sys; print(sys.stdin.readline(), sys.stdin.buffer.read(), open(0).read())",
  };
  for (const char* look : kLooks) {
    CAPTURE(std::string(look));
    const ProgramRun cold = run(script(look, false, "first\nsecond\nthird"));
    const ProgramRun warm = run(script(look, true, "first\nsecond\nthird"));
    CHECK(warm.output == cold.output);
    CHECK(warm.error_output == cold.error_output);
    CHECK(warm.ending == cold.ending);
    CHECK(warm.exit_code == cold.exit_code);
    CHECK(warm.exit_code == 0);
  }
}

TEST_CASE("a script ends the same way warm and cold") {
  REQUIRE_WARM_SANDBOX();
  constexpr const char* kEnds[] = {
      "print(1)",
      "import sys; sys.exit()",
      "import sys; sys.exit(3)",
      "import sys; sys.exit(True)",
      "import sys; sys.exit(300)",
      "import sys; sys.exit(-1)",
      "import sys; sys.exit('said so')",
      "import sys; sys.exit((1, 2))",
      "import sys; sys.exit(10 ** 30)",
      "raise SystemExit",
      "import os; print(1, flush=True); os._exit(9)",
      "import os; print('lost'); os._exit(0)",
      "print(1); raise ValueError('why')",
      "print(1); raise KeyboardInterrupt",
      "print(1); raise BaseException",
      "print(1); raise RecursionError",
      "def f(): return f()\ntry: f()\nexcept RecursionError: print(1)",
      "x = (1\n",
      "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
      "import os; os.abort()",
      "import ctypes; ctypes.string_at(0)",
      "import signal; signal.raise_signal(signal.SIGTERM)",
      "import threading; threading.Thread(target=lambda: 1 // 0).start()",
      "import threading, time\n"
      "threading.Thread(target=lambda: (time.sleep(.1), print('late'))).start(); print('early')",
      "import threading, time\n"
      "threading.Thread(target=lambda: time.sleep(60), daemon=True).start(); print('left')",
      "import threading, sys; threading.Thread(target=sys.exit).start()",
      "import atexit; atexit.register(print, 'end'); print(1)",
      "import atexit, os; atexit.register(os._exit, 5)",
      "import sys; sys.excepthook = lambda *error: print('hooked'); 1 // 0",
      "import sys; print(1); sys.stdout.close()",
      "import sys; print(1); sys.stdout = None",
      "import os; print(1); os.close(1)",
      "import sys; sys.stdout.write('kept'); sys.stderr.write('kept too')",
      "import io, sys; sys.stdout = io.StringIO(); print('gone')",
      "out = open(1, 'w'); out.write('kept')",
      "out = open(1, 'wb'); out.write(b'kept')",
      "class C:\n  def __del__(self): print('deleted')\nc = C(); print(1)",
      "class C:\n  def __init__(self): self.me = self\n  def __del__(self): print('freed')\nC()",
      "import os; print(1, end=''); os.dup2(os.open('/dev/full', os.O_WRONLY), 1)",
  };
  for (const char* end : kEnds) {
    CAPTURE(std::string(end));
    const ProgramRun cold = run(script(end, false));
    const ProgramRun warm = run(script(end, true));
    CHECK(warm.output == cold.output);
    CHECK(warm.error_output == cold.error_output);
    CHECK(warm.ending == cold.ending);
    CHECK(warm.exit_code == cold.exit_code);
    CHECK(warm.signal == cold.signal);
  }
  check_interpreter_is_as_new();
}

TEST_CASE("a script meets its limits warm as cold") {
  REQUIRE_WARM_SANDBOX();
  struct Row {
    const char* text;
    Ending ending;
  };
  constexpr Row kRows[] = {
      {"while True: pass", Ending::cpu_limit},
      {"import threading\ndef spin():\n  while True: pass\n"
       "for i in range(3): threading.Thread(target=spin).start()",
       Ending::cpu_limit},
      {"x = []\nwhile True: x.append(bytes(1 << 20))", Ending::memory_limit},
      {"while True: print('x' * 1000)", Ending::output_limit},
      {"import os\nwhile True: os.write(2, b'x' * 1000)", Ending::output_limit},
  };
  for (const Row& row : kRows) {
    for (const bool warm : {false, true}) {
      CAPTURE(std::string(row.text));
      CAPTURE(warm);
      const Limits limits{.cpu = 1s, .wall = 60s, .memory = 128U << 20, .output = 1U << 20};
      const ProgramRun ended = run(script(row.text, warm), limits);
      // Where only rlimits are, the interpreter itself says that there is no more memory.
      const bool said_so = ended.error_output.find("MemoryError") != std::string::npos;
      CAPTURE(static_cast<int>(ended.ending));
      CAPTURE(ended.signal);
      CAPTURE(ended.cpu.count());
      CHECK((ended.ending == row.ending || (row.ending == Ending::memory_limit && said_so)));
    }
    check_interpreter_is_as_new();
  }
}

TEST_CASE("a warm script that talks to another sees a pipe") {
  REQUIRE_WARM_SANDBOX();
  const Program asks = script(
      "import sys\nprint('question', flush=True)\nsys.exit(input() != 'False question')", false);
  const Program answers = script("import sys\nprint(sys.stdin.seekable(), input())", true);
  const Result<InteractiveRun> ended = warm_sandbox()->run_interactive(answers, {}, asks, {});
  REQUIRE_MESSAGE(ended, ended.error().message());
  CHECK(ended->program.warm);
  CHECK(ended->program.exit_code == 0);
  CHECK(ended->interactor.exit_code == 0);
}

TEST_CASE("a script that sleeps is ended by the wall clock") {
  REQUIRE_WARM_SANDBOX();
  const ProgramRun ended = run(script("import time; time.sleep(60)", true), {.wall = 500ms});
  CHECK(ended.ending == Ending::wall_limit);
  CHECK(ended.wall >= 500ms);
  CHECK(ended.cpu < 500ms);
  check_interpreter_is_as_new();
}

TEST_CASE("memory of a warm script is counted with the limit of a cold one") {
  REQUIRE_WARM_SANDBOX();
  const Limits limits{.memory = 128U << 20};
  for (const bool warm : {false, true}) {
    CAPTURE(warm);
    const ProgramRun fits = run(script("x = b'x' * (64 << 20)", warm), limits);
    CHECK(fits.ending == Ending::exited);
    CHECK(fits.memory > (64U << 20));
    CHECK(fits.memory < (96U << 20));
  }
}

TEST_CASE("no script reaches the interpreter or the next script") {
  REQUIRE_WARM_SANDBOX();
  constexpr const char* kAttacks[] = {
      // Signals to every process that it can name.
      "import os, signal\n"
      "for n in signal.SIGSTOP, signal.SIGKILL:\n"
      "  for pid in [-1, 0, *range(2, 40000)]:\n"
      "    try: pid != os.getpid() and pid and os.kill(pid, n)\n"
      "    except OSError: pass\n",
      "import os, signal; os.kill(os.getppid() or 1, signal.SIGKILL)",
      "import os, signal; os.kill(1, signal.SIGSTOP); os.kill(1, signal.SIGKILL)",
      // What it shares with the interpreter until it writes to it.
      "import builtins, sys\nprepared.clear(); math.sqrt = print; builtins.input = None\n"
      "builtins.print = None; sys.modules.clear(); sys.stdout = None; sys.path.clear()",
      "import ctypes, gc\nfor o in gc.get_objects():\n  if isinstance(o, dict): o.clear()\n",
      "import ctypes\nctypes.memset(id(prepared), 0, 32)",
      // Descriptors, files, and processes that stay.
      "import os\nfor n in range(3, 1024):\n  try: os.write(n, b'r' * 64)\n  except OSError: "
      "pass\n",
      "open('/tmp/left', 'w').write('x'); open('/box/left', 'w').write('x')",
      "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(100)\n"
      "  os._exit(0)",
      "import os\nfor i in range(500):\n  try:\n    if os.fork() == 0: os.setsid(); "
      "__import__('time').sleep(100)\n  except OSError: pass\n",
      "import ctypes, os\nctypes.CDLL(None).unshare(0x10000000); os.chroot('/tmp')",
  };
  const std::vector<pid_t> before = [] {
    check_interpreter_is_as_new();
    return warm_interpreters();
  }();
  for (const char* attack : kAttacks) {
    CAPTURE(std::string(attack));
    run(script(attack, true), {.cpu = 2s, .wall = 4s, .processes = 20});
    check_interpreter_is_as_new();
  }
  CHECK(warm_interpreters() == before);  // none had to be replaced
}

TEST_CASE("five hundred runs leave the interpreter no larger than twenty") {
  REQUIRE_WARM_SANDBOX();
  const Program program = script("print(sum(map(int, input().split())))", true, "1 2 3\n");
  for (int i = 0; i < 20; ++i) CHECK(run(program).output == "6\n");
  const std::vector<pid_t> interpreters = warm_interpreters();
  REQUIRE(interpreters.size() == 1);
  const std::size_t descriptors = descriptors_of(interpreters[0]);
  const std::size_t pages = resident_pages_of(interpreters[0]);
  for (int i = 0; i < 500; ++i) CHECK(run(program).output == "6\n");
  CHECK(warm_interpreters() == interpreters);
  CHECK(descriptors_of(interpreters[0]) == descriptors);
  CHECK(resident_pages_of(interpreters[0]) <= pages + 16);
}

TEST_CASE("an interpreter that was killed is replaced") {
  REQUIRE_WARM_SANDBOX();
  check_interpreter_is_as_new();
  const std::vector<pid_t> before = warm_interpreters();
  REQUIRE(!before.empty());
  for (const pid_t pid : before) kill(pid, SIGKILL);
  // The next run may find it gone only while it is handed over, and then starts cold.
  const Result<ProgramRun> next = warm_sandbox()->run(script("print(prepared)", true), {});
  REQUIRE(next);
  CHECK(next->output == "[41]\n");
  check_interpreter_is_as_new();
  CHECK(warm_interpreters() != before);
}

TEST_CASE("an interpreter that is killed during a run takes nothing with it") {
  REQUIRE_WARM_SANDBOX();
  check_interpreter_is_as_new();
  const std::vector<pid_t> before = warm_interpreters();
  REQUIRE(before.size() == 1);
  const auto killer = std::async(std::launch::async, [&] {
    usleep(300'000);
    kill(before[0], SIGKILL);
  });
  const Result<ProgramRun> during =
      warm_sandbox()->run(script("import time; time.sleep(1); print(1)", true), {.wall = 3s});
  REQUIRE_MESSAGE(during, during.error().message());
  CHECK(during->output == "1\n");
  killer.wait();
  REQUIRE(warm_sandbox()->run(script("print(prepared)", true), {}));  // finds out
  check_interpreter_is_as_new();
}

TEST_CASE("a box that is lost during a run fails the run and not the program") {
  REQUIRE_WARM_SANDBOX();
  check_interpreter_is_as_new();
  const std::vector<pid_t> interpreters = warm_interpreters();
  // Process 1 of the box is the one with a child, and not the interpreter itself.
  const auto killer = std::async(std::launch::async, [&] {
    usleep(300'000);
    std::vector<pid_t> ours = warm_interpreters();
    std::sort(ours.begin(), ours.end());
    for (const pid_t pid : ours) {
      if (std::find(interpreters.begin(), interpreters.end(), pid) != interpreters.end()) continue;
      kill(pid, SIGKILL);  // the lowest: it was there before the test's process
      break;
    }
  });
  const Result<ProgramRun> during =
      warm_sandbox()->run(script("import time; time.sleep(1)", true), {.wall = 3s});
  REQUIRE(!during);
  CHECK(during.error().code() == ErrorCode::unavailable);
  CHECK(during.error().message().find("was lost") != std::string::npos);
  check_interpreter_is_as_new();
}

TEST_CASE("without an interpreter that starts every script starts cold") {
  REQUIRE_WARM_SANDBOX();
  const Result<std::unique_ptr<Sandbox>> made = make_warm("raise SystemExit");
  REQUIRE(made);
  for (int i = 0; i < 5; ++i) {
    const Result<ProgramRun> ended = (*made)->run(script("print(prepared)", true), {});
    REQUIRE(ended);
    CHECK(!ended->warm);
    CHECK(ended->output == "[41]\n");
  }
}

TEST_CASE("a sandbox that is gone leaves no interpreter") {
  REQUIRE_WARM_SANDBOX();
  check_interpreter_is_as_new();
  const std::vector<pid_t> before = warm_interpreters();
  {
    const Result<std::unique_ptr<Sandbox>> made = make_warm(kPrefix);
    REQUIRE(made);
    REQUIRE((*made)->run(script("print(prepared)", true), {}));
    CHECK(warm_interpreters().size() > before.size());
  }
  for (int i = 0; i < 100 && warm_interpreters().size() > before.size(); ++i) usleep(20'000);
  CHECK(warm_interpreters() == before);
}
