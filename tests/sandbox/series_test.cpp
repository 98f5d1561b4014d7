// Runs of one series share a box: each ends as it would by itself, nothing passes from one to the
// next, and a box that is not as it was is not used again.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"

using namespace proctor;
using namespace proctor::sandbox;
using namespace proctor::sandbox::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPrefix = "import os, sys, time\ndef next_test(): pass\n";

// A script that makes ready for its tests, and then does `text` in each.
Program script(const std::string& text, std::uint64_t series) {
  Program program;
  program.arguments = {"/usr/bin/python3", "-s", "-S", "/box/script.py"};
  program.root = Root::python;
  program.files = {{.name = "script.py",
                    .content = kPrefix +
                               std::string("made = time.monotonic_ns(), os.getpid()\n"
                                           "nice = os.nice(0)\n"
                                           "next_test()\n") +
                               text}};
  program.warm = true;
  program.series = series;
  return program;
}

// One for each case, so that nothing of it is there when others look for processes.
struct WarmSandbox {
  Result<std::unique_ptr<Sandbox>> sandbox_made =
      make_sandbox({.boxes = 1, .warm_prefix = kPrefix});

  ProgramRun run(Program program, const std::string& input = {}, const Limits& limits = {}) {
    program.input = input;
    const Result<ProgramRun> ended = (*sandbox_made)->run(program, limits);
    REQUIRE_MESSAGE(ended, ended.error().message());
    return *ended;
  }
};

// A program that tells whether its box has served before: processes count up in a pid namespace.
constexpr const char* kWho = "print(os.getpid())\n";
constexpr const char* kFirstInBox = "2\n";

}  // namespace

#define REQUIRE_WARM_SANDBOX() \
  if (!sandbox_made) SKIP("needs a sandbox")

TEST_CASE_FIXTURE(WarmSandbox,
                  "what comes before the tests is done once for a series and again for the next") {
  REQUIRE_WARM_SANDBOX();
  const Program one = script("print(made)", next_series());
  const std::string made = run(one).output;
  CHECK(made.ends_with(", 1)\n"));  // by process 1
  CHECK(run(one).output == made);
  CHECK(run(one).output == made);
  for (int i = 0; i < 2; ++i) {  // a sandbox has two boxes at least
    CHECK(run(script("print(made)", next_series())).output != made);
  }
  CHECK(run(one).output != made);  // its box was given to another series
}

TEST_CASE_FIXTURE(WarmSandbox, "runs without a series have a box each") {
  REQUIRE_WARM_SANDBOX();
  const Program program = script(kWho, 0);
  for (int i = 0; i < 3; ++i) CHECK(run(program).output == kFirstInBox);
}

TEST_CASE_FIXTURE(WarmSandbox, "each run of a series has its own input and output and ending") {
  REQUIRE_WARM_SANDBOX();
  const Program program = script(
      "n = int(input())\n"
      "print(n, file=sys.stderr)\n"
      "if n == 2: 1 // 0\n"
      "if n == 3: sys.exit(7)\n"
      "if n == 4: os.kill(os.getpid(), 9)\n"
      "print(n * n)",
      next_series());
  struct Row {
    const char* input;
    int exit_code;
    int signal;
    const char* output;
  };
  constexpr Row kRows[] = {{"1", 0, 0, "1\n"},  {"2", 1, 0, ""}, {"3", 7, 0, ""},
                           {"5", 0, 0, "25\n"}, {"4", 0, 9, ""}, {"6", 0, 0, "36\n"},
                           {"1", 0, 0, "1\n"},  {"x", 1, 0, ""}, {"7", 0, 0, "49\n"}};
  for (const Row& row : kRows) {
    CAPTURE(row.input);
    const ProgramRun ended = run(program, row.input);
    CHECK(ended.warm);
    CHECK(ended.output == row.output);
    CHECK(ended.exit_code == row.exit_code);
    CHECK(ended.signal == row.signal);
    if (row.exit_code == 0) CHECK(ended.error_output == std::string(row.input) + "\n");
  }
}

TEST_CASE_FIXTURE(WarmSandbox, "a run is charged with its own time and memory only") {
  REQUIRE_WARM_SANDBOX();
  const Program program = script(
      "if input() == 'much':\n"
      "  x = b'x' * (64 << 20)\n"
      "  end = time.process_time() + .4\n"
      "  while time.process_time() < end: pass\n"
      "print(os.getpid())",
      next_series());
  CHECK(run(program, "little").output == kFirstInBox);
  const ProgramRun much = run(program, "much");
  CHECK(much.cpu >= 400ms);
  CHECK(much.memory > (64U << 20));
  const ProgramRun little = run(program, "little");
  CHECK(little.output == "4\n");  // in the same box
  CHECK(little.cpu < 300ms);
  // Version 2 of control groups before Linux 6.12 only knows the peak of both.
  if (!has_layer(**sandbox_made, "cgroup v2 memory")) CHECK(little.memory < (48U << 20));
}

TEST_CASE_FIXTURE(WarmSandbox, "a run that meets a limit does not end its series") {
  REQUIRE_WARM_SANDBOX();
  struct Row {
    const char* text;
    Ending ending;
  };
  constexpr Row kRows[] = {
      {"while True: pass", Ending::cpu_limit},
      {"time.sleep(60)", Ending::wall_limit},
      {"while True: print('x' * 1000)", Ending::output_limit},
      {"x = bytearray(1 << 20)\nwhile True: x += bytes(1 << 20).replace(b'\\0', b'x')",
       Ending::memory_limit},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.text));
    const Program program = script(
        "if input() == 'go':\n  exec(" + ("r'''" + std::string(row.text) + "'''") + ")\n" + kWho,
        next_series());
    const milliseconds wall = row.ending == Ending::wall_limit ? 2s : 60s;
    const Limits limits{.cpu = 1s, .wall = wall, .memory = 128U << 20, .output = 1U << 20};
    CHECK(run(program, "no", limits).output == kFirstInBox);
    const ProgramRun ended = run(program, "go", limits);
    const bool said_so = ended.error_output.find("MemoryError") != std::string::npos;
    CAPTURE(static_cast<int>(ended.ending));
    CHECK((ended.ending == row.ending || (row.ending == Ending::memory_limit && said_so)));
    CHECK(run(program, "no", limits).exit_code == 0);
  }
}

TEST_CASE_FIXTURE(WarmSandbox,
                  "memory that no process owns does not cost the supervisor its life") {
  REQUIRE_WARM_SANDBOX();
  if (!has_layer(**sandbox_made, "cgroup")) SKIP("needs a memory cgroup: this user has none");
  const std::string eater =
      "kept = [os.memfd_create('kept') for _ in range(3)]\n"
      "for file in kept[:2]:\n  for _ in range(40): os.write(file, bytes(1 << 20))\n"
      "os.dup2(kept[2], 1)\nos.execv('/usr/bin/cat', ['cat', '/dev/zero'])\n";
  for (const bool warm : {true, true, true, false, false, true}) {
    Program program = script(eater, next_series());
    program.warm = warm;
    const ProgramRun ended =
        run(program, "", {.cpu = 20s, .wall = 60s, .memory = 128U << 20, .output = 1U << 20});
    CHECK(static_cast<int>(ended.ending) == static_cast<int>(Ending::memory_limit));
  }
}

// Each leaves something if it reads "leave", and prints what it finds otherwise.
TEST_CASE_FIXTURE(WarmSandbox, "nothing that a run leaves is there in the next of its series") {
  REQUIRE_WARM_SANDBOX();
  constexpr const char* kIpc =
      "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
      "def made(kind, *more): return getattr(libc, kind)(77, *more)\n";
  struct Row {
    const char* name;
    std::string leave;
    const char* look;
  };
  const Row rows[] = {
      {"a file in /tmp", "open('/tmp/left', 'w')", "os.listdir('/tmp')"},
      {"a file in /box", "open('/box/left', 'w')", "'left' in os.listdir('/box')"},
      {"a file in /dev/shm", "open('/dev/shm/left', 'w')", "os.listdir('/dev/shm')"},
      {"a directory", "os.mkdir('/tmp/left')", "os.listdir('/tmp')"},
      {"a socket", "import socket; socket.socket(socket.AF_UNIX).bind('/tmp/left')",
       "os.listdir('/tmp')"},
      {"another script",
       "os.rename('/box/script.py', '/box/old'); open('/box/script.py', 'w').write('print(1)')",
       "len(open('/box/script.py').read()) < 20"},
      {"a changed script",
       "\ntry: open('/box/script.py', 'a').write('#left')\nexcept OSError: pass",
       "open('/box/script.py').read().endswith('#left')"},
      {"an attribute", "\ntry: os.setxattr('/tmp', 'user.left', b'x')\nexcept OSError: pass",
       "[n for n in os.listxattr('/tmp') if n == 'user.left']"},
      {"a module", "sys.left = 1; sys.modules['left'] = sys",
       "hasattr(sys, 'left') or 'left' in sys.modules"},
      {"a builtin", "__builtins__.print = None", "print is None"},
      {"the environment", "os.environ['left'] = '1'; os.putenv('left', '1')",
       "'left' in os.environ"},
      {"a work directory", "os.chdir('/tmp'); os.umask(0o777)",
       "os.getcwd() != '/box' or os.umask(0o22) != 0o22"},
      {"a process", "\nif os.fork() == 0: time.sleep(100)", "alive()"},
      {"a process of another session",
       "\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(100)\n  os._exit(0)",
       "alive()"},
      {"a dead process that nobody waits for", "\nif os.fork() == 0: os._exit(0)", "alive()"},
      {"a listener",
       "\nimport socket\nif os.fork() == 0:\n  s = socket.socket(socket.AF_UNIX)\n"
       "  s.bind('\\0left'); s.listen(); time.sleep(100)\ntime.sleep(.2)",
       "connects()"},
      {"a socket on its way through itself",
       "\nimport socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
       "s.bind('\\0left'); s.connect('\\0left')\n"
       "try: socket.send_fds(s, [b'x'], [s.fileno()])\nexcept OSError: pass",
       "'@left' in open('/proc/self/net/unix').read()"},
      {"a segment", std::string(kIpc) + "made('shmget', 4096, 0o1666)",
       "made('shmget', 0, 0) >= 0"},
      {"a semaphore", std::string(kIpc) + "made('semget', 1, 0o1666)", "made('semget', 0, 0) >= 0"},
      {"a queue", std::string(kIpc) + "made('msgget', 0o1666)", "made('msgget', 0) >= 0"},
      {"a named queue", std::string(kIpc) + "libc.mq_open(b'/left', 0o101, 0o666, None)",
       "libc.mq_open(b'/left', 0) >= 0"},
      {"its own limits",
       "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)); os.nice(9)",
       "len(os.sched_getaffinity(0)) < 1 or os.nice(0) != nice or nofile() < 10"},
      {"its own processor", "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})",
       "os.sched_getaffinity(0) != os.sched_getaffinity(1)"},
  };
  const std::string helpers =
      "def alive():\n"
      "  found = []\n"
      "  for pid in range(2, 60):\n"
      "    try: pid != os.getpid() and (os.kill(pid, 0), found.append(pid))\n"
      "    except OSError: pass\n"
      "  return found\n"
      "def connects():\n"
      "  import socket\n"
      "  try: socket.socket(socket.AF_UNIX).connect('\\0left'); return True\n"
      "  except OSError: return False\n"
      "def nofile():\n"
      "  import resource; return resource.getrlimit(resource.RLIMIT_NOFILE)[0]\n" +
      std::string(kIpc);
  for (const Row& row : rows) {
    CAPTURE(std::string(row.name));
    const Program program =
        script(helpers + "if input() == 'leave':\n  exec(" + "r'''" + row.leave + "''')\n" +
                   "else: print(bool(" + row.look + "))\n",
               next_series());
    CHECK(run(program, "look").output == "False\n");
    const ProgramRun left = run(program, "leave");
    CHECK(left.error_output == "");
    CHECK(run(program, "look").output == "False\n");
    CHECK(run(program, "look").output == "False\n");
  }
}

TEST_CASE_FIXTURE(WarmSandbox, "a run cannot reach process 1 of its box") {
  REQUIRE_WARM_SANDBOX();
  // Each succeeds in nothing, or in nothing that the next run could tell.
  constexpr const char* kAttacks[] = {
      "import signal\nfor n in range(1, 65):\n  try: os.kill(1, n)\n  except OSError: pass",
      "import signal\nfor n in 2, 9, 15, 19: os.kill(1, n)",
      "os.kill(0, 2)",
      "import resource\nresource.prlimit(1, resource.RLIMIT_NOFILE, (9, 9))",
      "import resource\nresource.prlimit(1, resource.RLIMIT_CPU, (1, 1))",
      "os.setpriority(os.PRIO_PROCESS, 1, 19)",
      "os.setpriority(os.PRIO_USER, 0, 19)",
      "os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))",
      "os.sched_setaffinity(1, {0})",
      "open('/proc/1/mem', 'r+b')",
      "print(os.listdir('/proc/1/fd'))\nraise OSError",
      "import ctypes\nif ctypes.CDLL(None).ptrace(16, 1, 0, 0) < 0: raise OSError",
      "for n in range(3, 200):\n  try: os.write(n, b'x' * 16)\n  except OSError: pass",
      "for n in range(3, 200):\n  try: os.close(n)\n  except OSError: pass",
  };
  const std::string state =
      "import resource\n"
      "def state():\n"
      "  limits = [resource.getrlimit(n) for n in range(16)]\n"
      "  return limits, os.nice(0), os.sched_getscheduler(0), os.sched_getaffinity(0)\n";
  for (const char* attack : kAttacks) {
    CAPTURE(std::string(attack));
    const Program program =
        script(state + "if input() == 'go':\n  try: exec('''" + attack +
                   "''')\n  except OSError as e: print('refused')\n" + "else: print(state())\n",
               next_series());
    const std::string before = run(program, "look").output;
    CHECK(before.size() > 100);
    const ProgramRun attacked = run(program, "go");
    CHECK(attacked.ending != Ending::wall_limit);
    const ProgramRun after = run(program, "look");
    CHECK(after.warm);
    CHECK(after.output == before);
  }
}

TEST_CASE_FIXTURE(WarmSandbox,
                  "a run finds no memory that it shares and no descriptor that is not its own") {
  REQUIRE_WARM_SANDBOX();
  const Program program = script(
      "if not os.path.exists('/proc/self'): print('ok'); sys.exit()\n"
      "maps = [line.split()[1] for line in open('/proc/self/maps')]\n"
      "fds = [n for n in range(1024) if os.path.exists('/proc/self/fd/%d' % n)]\n"
      "print('ok' if fds == [0, 1, 2] and maps and not {'rw-s', '-w-s', 'rwxs'} & set(maps) else "
      "maps)",
      next_series());
  for (int i = 0; i < 3; ++i) CHECK(run(program).output == "ok\n");
}

TEST_CASE_FIXTURE(WarmSandbox,
                  "a script that fails before its tests fails in each of them as if it were cold") {
  REQUIRE_WARM_SANDBOX();
  constexpr const char* kFailures[] = {
      "raise SystemExit(5)", "1 // 0", "x = (", "import ctypes; ctypes.string_at(0)",
      "time.sleep(5)",
  };
  for (const char* failure : kFailures) {
    CAPTURE(std::string(failure));
    Program program = script("", next_series());
    program.files[0].content = kPrefix + std::string(failure) + "\nnext_test()\nprint(1)\n";
    const Limits limits{.cpu = 1s, .wall = 6s};
    for (int i = 0; i < 2; ++i) {
      const ProgramRun warm = run(program, {}, limits);
      Program again = program;
      again.warm = false;
      const ProgramRun cold = run(again, {}, limits);
      CHECK(!warm.warm);
      CHECK(warm.ending == cold.ending);
      CHECK(warm.exit_code == cold.exit_code);
      CHECK(warm.signal == cold.signal);
      CHECK(warm.output == cold.output);
    }
  }
}
