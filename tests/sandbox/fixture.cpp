#include "tests/sandbox/fixture.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/support/temp_dir.h"

namespace proctor::sandbox::test {

namespace {

namespace fs = std::filesystem;

const Result<std::unique_ptr<Sandbox>>& made() {
  static const auto sandbox = [] {
    SandboxOptions options;
    options.warm_python = false;
    return make_sandbox(options);
  }();
  return sandbox;
}

const std::string& attacker_binary() {
  static const std::string binary = support::read_file(ATTACKER_BINARY);
  return binary;
}

// What tells our attackers from those of another test program that runs at the same time.
std::string mark() { return "of-test-" + std::to_string(getpid()) + "."; }

}  // namespace

Sandbox* shared_sandbox() { return made() ? made()->get() : nullptr; }

std::string why_no_sandbox() { return made() ? "" : made().error().message(); }

bool has_layer(const Sandbox& sandbox, const std::string& name) {
  for (const Layer& layer : sandbox.layers()) {
    if (layer.name == name) return layer.active;
  }
  return false;
}

Program attacker(const std::string& attack) {
  Program program;
  program.files = {{.name = "attacker", .content = attacker_binary(), .executable = true}};
  program.arguments = {"/box/attacker", attack, mark()};
  return program;
}

Program python(const std::string& script, const std::string& input) {
  Program program;
  program.root = Root::python;
  program.files = {{.name = "main.py", .content = script}};
  program.arguments = {"/usr/bin/python3", "-s", "-S", "/box/main.py"};
  program.input = input;
  return program;
}

Limits small_limits() {
  Limits limits;
  limits.cpu = milliseconds(1000);
  limits.wall = milliseconds(2000);
  limits.memory = 128U << 20;
  limits.processes = 20;
  limits.disk = 16U << 20;
  limits.output = 1U << 20;
  return limits;
}

ProgramRun run_then_normal(Sandbox& sandbox, const Program& program, const Limits& limits) {
  Result<ProgramRun> run = sandbox.run(program, limits);
  REQUIRE_MESSAGE(run, run.error().message());
  CHECK(attackers().empty());

  const Result<ProgramRun> normal = sandbox.run(attacker("use_threads"), small_limits());
  REQUIRE_MESSAGE(normal, normal.error().message());
  CHECK(normal->ending == Ending::exited);
  CHECK(normal->exit_code == 0);
  CHECK(normal->output == "42\n");
  return std::move(*run);
}

std::vector<pid_t> attackers() {
  std::vector<pid_t> alive;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    std::ifstream file(entry.path() / "cmdline");
    std::string arguments;  // each ended by a zero byte
    std::getline(file, arguments);
    if (arguments.starts_with("/box/attacker") && arguments.find(mark()) != std::string::npos) {
      alive.push_back(std::stoi(entry.path().filename()));
    }
  }
  return alive;
}

}  // namespace proctor::sandbox::test
