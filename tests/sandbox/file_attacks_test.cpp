// Threats to files and secrets (reference/code_judging.md, section 3.3).
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::sandbox::test {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("nothing of the judge's can be read in a box") {
  REQUIRE_SANDBOX();
  Sandbox& sandbox = *shared_sandbox();
  const std::string canary = "canary-" + std::to_string(std::rand());
  const support::TempDir folder;
  folder.write("expected.txt", canary);
  setenv("PROCTOR_TEST_SECRET", canary.c_str(), 1);
  // An earlier run has it as its input and its file, and prints it.
  Program earlier = python("print(open('/box/answer').read(), input())\n", canary);
  earlier.files.push_back({.name = "answer", .content = canary});
  CHECK(run_then_normal(sandbox, earlier).output == canary + " " + canary + "\n");

  const ProgramRun run = run_then_normal(sandbox, attacker("walk_everything"));
  CHECK(run.ending == Ending::exited);
  CHECK(run.output.find(canary) == std::string::npos);
  CHECK(run.output.find("/dev/null\n") != std::string::npos);  // it has walked
  CHECK(run.output.find("HOME=/box\n") != std::string::npos);
  unsetenv("PROCTOR_TEST_SECRET");
}

TEST_CASE("the empty root holds a handful of names") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("walk_everything"));
  CHECK(lines_of(run.output).size() < 40);
  for (const char* absent : {"/usr\n", "/etc\n", "/proc\n", "/home\n", "/root\n"}) {
    CAPTURE(absent);
    CHECK(run.output.find(absent) == std::string::npos);
  }
}

TEST_CASE("a program has the descriptors it was given and no others") {
  REQUIRE_SANDBOX();
  Program program = attacker("list_descriptors");
  CHECK(run_then_normal(*shared_sandbox(), program).output == "0 1 2 \n");
  program.report = true;
  CHECK(run_then_normal(*shared_sandbox(), program).output == "0 1 2 3 \n");
}

TEST_CASE("there is no way out of the root") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("escape_chroot"));
  CHECK(run.ending == Ending::exited);
  for (const std::string& line : lines_of(run.output)) {
    CAPTURE(line);
    CHECK(line.ends_with(": done") == line.starts_with("fchdir"));
  }
}

TEST_CASE("devices are those that cannot hurt") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("open_devices"));
  CHECK(run.ending == Ending::exited);
  const std::vector<std::string> harmless = {"/dev/null: done", "/dev/zero: done",
                                             "/dev/urandom: done"};
  std::vector<std::string> done;
  for (const std::string& line : lines_of(run.output)) {
    if (line.ends_with(": done")) done.push_back(line);
  }
  CHECK(done == harmless);
}

TEST_CASE("only box and tmp can be written to") {
  REQUIRE_SANDBOX();
  Program program = attacker("write_outside");
  for (const Root root : {Root::empty, Root::python, Root::compiler}) {
    program.root = root;
    const ProgramRun run = run_then_normal(*shared_sandbox(), program);
    for (const std::string& line : lines_of(run.output)) {
      CAPTURE(line);
      CHECK(line.ends_with(": done") == (line.starts_with("/box") || line.starts_with("/tmp")));
    }
  }
}

TEST_CASE("what is no plain file is not read back") {
  REQUIRE_SANDBOX();
  Program program = attacker("plant_outputs");
  program.outputs = {"link", "fifo", "folder", "sparse", "absent", "right"};
  const ProgramRun made = run_then_normal(*shared_sandbox(), program);
  CHECK(made.output.find("sparse: File too large\n") != std::string::npos);
  REQUIRE(made.files.size() == 6);
  for (const std::size_t odd : {0, 1, 2, 4}) {
    CAPTURE(program.outputs[odd]);
    CHECK(!made.files[odd].has_value());
  }
  CHECK(made.files[3] == "");
  CHECK(made.files[5] == "42\n");
}

TEST_CASE("a run leaves nothing for the next") {
  REQUIRE_SANDBOX();
  for (int i = 0; i < 4; ++i) {
    const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("mark_places"));
    // /dev/shm is /tmp by another name.
    CHECK(run.output == "/box/mark: done\n/tmp/mark: done\n/dev/shm/mark: File exists\n");
  }
}

TEST_CASE("a copy with the setuid bit changes nothing") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("copy_itself_setuid"));
  CHECK(run.ending == Ending::exited);
  // Where root has no id at all, it is an invalid one.
  const bool refused = run.output.starts_with("chown: Operation not permitted\n") ||
                       run.output.starts_with("chown: Invalid argument\n");
  CHECK(refused);
  CHECK(run.output.find("uid other\n") != std::string::npos);
}

TEST_CASE("setuid programs of the system gain nothing") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), python(R"(
import os, subprocess
for name in ['su', 'mount', 'passwd', 'newgrp']:
    path = '/usr/bin/' + name
    if os.path.exists(path):
        try:
            done = subprocess.run([path, '-c', 'id -u'], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True)
            print(name, done.stdout.strip() == '0')
        except OSError as error:
            print(name, False)
print(os.geteuid() != 0, open('/proc/self/status').read().count('CapEff:\t0000000000000000'))
)"));
  CAPTURE(run.error_output);
  CHECK(run.exit_code == 0);
  CHECK(run.output.find("True 1\n") != std::string::npos);
  CHECK(run.output.find("su True") == std::string::npos);
}

TEST_CASE("a program sees its own processes in proc and nothing else") {
  REQUIRE_SANDBOX();
  if (!has_layer(*shared_sandbox(), "own /proc")) SKIP("needs a proc: it may not be mounted here");
  const ProgramRun run = run_then_normal(*shared_sandbox(), python(R"(
import os
print(sorted(name for name in os.listdir('/proc') if name.isdigit()) == [str(os.getpid())])
print(sorted(os.listdir('/proc/self/fd'))[:3])
print(sorted(os.environ))
for path in ['/proc/1/environ', '/proc/1/cmdline', '/proc/1/mem', '/proc/sys/kernel/hostname',
             '/proc/kcore', '/proc/mounts', '/proc/cmdline']:
    try:
        open(path, 'rb').read(1)
        print('read', path)
    except OSError as error:
        print('refused')
try:
    open('/proc/self/oom_score_adj', 'w')
    print('written')
except OSError as error:
    print(error.strerror)
)"));
  CAPTURE(run.error_output);
  CAPTURE(run.output);
  const std::vector<std::string> lines = lines_of(run.output);
  REQUIRE(lines.size() == 11);
  CHECK(lines[0] == "True");
  CHECK(lines[1] == "['0', '1', '2']");
  CHECK(lines[2] ==
        "['HOME', 'LANG', 'OPENBLAS_NUM_THREADS', 'PATH', 'PYTHONDONTWRITEBYTECODE', "
        "'PYTHONHASHSEED', 'TMPDIR', 'TZ']");
  for (std::size_t i = 3; i < 10; ++i) {
    // /proc/mounts is a link to the program's own list, which names nothing of the host's files.
    const bool own = lines[i] == "read /proc/mounts";
    CHECK((lines[i] == "refused" || own));
  }
  CHECK(lines[10] == "Read-only file system");
}

TEST_CASE("the same program gives the same output twice") {
  REQUIRE_SANDBOX();
  const Program program = python("print(hash('a'), set('abcdef'), __import__('os').getpid())\n");
  const ProgramRun first = run_then_normal(*shared_sandbox(), program);
  CHECK(!first.output.empty());
  CHECK(run_then_normal(*shared_sandbox(), program).output == first.output);
}

}  // namespace proctor::sandbox::test
