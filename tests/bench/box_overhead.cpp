// What a box costs: running a program that does nothing in the sandbox, beside fork + exec of
// /bin/true without any, and beside bubblewrap where it is installed. Interleaved, medians, and
// ratios to fork + exec: on a busy machine only those mean something.
//
//   box_overhead [ROUNDS]
//
// The programs: one of a few instructions linked statically, as a compiled solution would be, and a
// cold start of the Python interpreter.
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace {

using proctor::Result;
using proctor::sandbox::Limits;
using proctor::sandbox::Program;
using proctor::sandbox::ProgramRun;
using proctor::sandbox::Root;
using proctor::sandbox::Sandbox;
using Clock = std::chrono::steady_clock;

struct Way {
  std::string name;
  std::function<bool()> run;
  std::vector<double> times_ms;
};

bool spawn_and_wait(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  int status = 0;
  return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

bool run_in_box(Sandbox& sandbox, const Program& program) {
  const Result<ProgramRun> run = sandbox.run(program, Limits{});
  if (!run) fmt::print(stderr, "{}\n", run.error().message());
  return run && run->exit_code == 0;
}

// Compiles a C program that only returns; empty without a compiler.
std::string static_program() {
  const proctor::support::TempDir folder;
  const auto source = folder.write("nothing.c", "int main(void) { return 0; }\n");
  const std::string binary = folder / "nothing";
  const auto end =
      proctor::support::run_child({"gcc", "-O2", "-static", "-s", "-o", binary, source});
  return end && end->exit_code == 0 ? proctor::support::read_file(binary) : std::string();
}

Program python(const std::string& code) {
  Program program;
  program.root = Root::python;
  program.files = {{.name = "main.py", .content = code}};
  program.arguments = {"/usr/bin/python3", "-s", "-S", "/box/main.py"};
  return program;
}

std::vector<Way> ways(Sandbox& sandbox) {
  std::vector<Way> all;
  const auto add = [&](std::string name, std::function<bool()> run) {
    all.push_back({.name = std::move(name), .run = std::move(run), .times_ms = {}});
  };
  const auto spawned = [](std::vector<std::string> arguments) {
    return [arguments = std::move(arguments)] { return spawn_and_wait(arguments); };
  };
  add("fork + exec /bin/true", spawned({"/bin/true"}));
  if (std::string binary = static_program(); !binary.empty()) {
    Program program;
    program.files = {{.name = "program", .content = std::move(binary), .executable = true}};
    program.arguments = {"/box/program"};
    add("box, static C program", [&sandbox, program] { return run_in_box(sandbox, program); });
  }
  Program truth;
  truth.root = Root::python;
  truth.arguments = {"/usr/bin/true"};
  add("box, /usr/bin/true", [&sandbox, truth] { return run_in_box(sandbox, truth); });
  if (access("/usr/bin/bwrap", X_OK) == 0) {
    add("bwrap --unshare-all, /bin/true",
        spawned({"/usr/bin/bwrap", "--unshare-all", "--ro-bind", "/", "/", "/bin/true"}));
  }
  add("python3 -s -S, no box", spawned({"/usr/bin/python3", "-s", "-S", "-c", "pass"}));
  add("box, python3 -s -S",
      [&sandbox, program = python("pass\n")] { return run_in_box(sandbox, program); });
  return all;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 200;
  Result<std::unique_ptr<Sandbox>> sandbox = proctor::sandbox::make_sandbox(
      {.warm_python = false, .warm_prefix = {}, .shared_folder = {}});
  if (!sandbox) {
    fmt::print(stderr, "{}\n", sandbox.error().message());
    return 4;
  }
  std::vector<Way> all = ways(**sandbox);
  for (int round = 0; round < rounds; ++round) {
    for (Way& way : all) {
      const auto start = Clock::now();
      if (!way.run()) {
        fmt::print(stderr, "{} failed\n", way.name);
        return 1;
      }
      const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
      way.times_ms.push_back(taken.count());
    }
  }
  const double unit = median(all[0].times_ms);
  fmt::print("{:32} {:>9} {:>9} {:>7}\n", "", "best ms", "median ms", "ratio");
  for (const Way& way : all) {
    const double best = *std::min_element(way.times_ms.begin(), way.times_ms.end());
    fmt::print("{:32} {:9.2f} {:9.2f} {:7.2f}\n", way.name, best, median(way.times_ms),
               median(way.times_ms) / unit);
  }
}
