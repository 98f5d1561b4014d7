// `proctor doctor`: what this machine can do, or with --model what a model's endpoint does. Every
// program it names is tried in the sandbox, where it would be used.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/files/json_text.h"
#include "harness/grading/code_judge.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/doctor_model.h"
#include "harness/verbs/verbs.h"
#include "sandbox/sandbox.h"

namespace proctor::harness {
namespace {

using nlohmann::ordered_json;

// A program that benchmarks may need, and the command that shows that it works.
struct Tool {
  const char* name;
  std::vector<std::string> command;
  sandbox::Root root;
};

const std::vector<Tool>& tools() {
  using sandbox::Root;
  static const std::vector<Tool> kTools = {
      {"g++", {"/usr/bin/g++", "--version"}, Root::compiler},
      {"gcc", {"/usr/bin/gcc", "--version"}, Root::compiler},
      {"python3", {"/usr/bin/python3", "--version"}, Root::python},
      {"pypy3",
       {"/usr/bin/pypy3", "-c", "import sys; print('PyPy', *sys.pypy_version_info[:3])"},
       Root::python},
      {"numpy",
       {"/usr/bin/python3", "-c", "import numpy; print('NumPy', numpy.__version__)"},
       Root::python},
  };
  return kTools;
}

// The first line that the tool prints in a box; nothing if it does not work there.
std::optional<std::string> version_of(const Tool& tool, sandbox::Sandbox& sandbox) {
  sandbox::Program program;
  program.arguments = tool.command;
  program.root = tool.root;
  sandbox::Limits limits;
  limits.memory = 1ULL << 30;
  const Result<sandbox::ProgramRun> run = sandbox.run(program, limits);
  if (!run || run->ending != sandbox::Ending::exited || run->exit_code != 0) return std::nullopt;
  return run->output.substr(0, run->output.find('\n'));
}

ordered_json describe_layers(const sandbox::Sandbox& sandbox) {
  ordered_json layers = ordered_json::array();
  for (const sandbox::Layer& layer : sandbox.layers()) {
    layers.push_back({{"name", layer.name},
                      {"active", layer.active},
                      {"needed", layer.needed},
                      {"detail", layer.detail}});
  }
  return layers;
}

ordered_json examine(sandbox::Sandbox& sandbox) {
  ordered_json tools_found = ordered_json::array();
  for (const Tool& tool : tools()) {
    const std::optional<std::string> version = version_of(tool, sandbox);
    tools_found.push_back(
        {{"name", tool.name}, {"works", version.has_value()}, {"version", version.value_or("")}});
  }
  return {{"sandbox",
           {{"available", true}, {"full", sandbox.full()}, {"layers", describe_layers(sandbox)}}},
          {"tools", tools_found}};
}

std::string format_report(const ordered_json& report) {
  const ordered_json& sandbox = report["sandbox"];
  std::string text = sandbox["full"].get<bool>() ? "sandbox: full\n" : "sandbox: not full\n";
  for (const ordered_json& layer : sandbox["layers"]) {
    const bool active = layer["active"].get<bool>();
    const char* state = active ? "yes" : layer["needed"].get<bool>() ? "MISSING" : "no";
    text += fmt::format("  {:<24} {:<8} {}\n", layer["name"].get<std::string>(), state,
                        layer["detail"].get<std::string>());
  }
  text += "programs, as the sandbox finds them:\n";
  for (const ordered_json& tool : report["tools"]) {
    text += fmt::format("  {:<24} {}\n", tool["name"].get<std::string>(),
                        tool["works"].get<bool>() ? tool["version"].get<std::string>() : "no");
  }
  return text;
}

ExitCode report_machine(bool as_json) {
  const Result<grading::CodeJudge> made =
      grading::make_code_judge({.boxes = 1, .warm_python = false});
  if (!made) {
    if (!as_json) return fail(made.error());
    const ordered_json report = {
        {"sandbox", {{"available", false}, {"reason", made.error().message()}}}};
    print_result(indented_json(report));
    return exit_code_for(made.error());
  }
  const ordered_json report = examine(*made->sandbox);
  print_result(as_json ? indented_json(report) : format_report(report));
  return made->sandbox->full() ? kDone : kCannot;
}

}  // namespace

void add_doctor_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand("doctor",
                                      "Say what this machine can do: the sandbox, compilers, "
                                      "interpreters; or what a model's endpoint does (--model)");
  auto model = std::make_shared<ModelToExamine>();
  add_model_flags(*verb, *model);
  verb->callback([&globals, &exit_code, model, verb] {
    exit_code = verb->count("--model") > 0 ? examine_model(*model, *verb, globals.json)
                                           : report_machine(globals.json);
  });
}

}  // namespace proctor::harness
