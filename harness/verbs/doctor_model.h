// `proctor doctor --model SPEC`: the canary alone, without a run.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "harness/process/exit_code.h"
#include "harness/run/flags.h"

namespace proctor::harness {

// What `doctor` is told about a model; the same flags as those of `run`.
struct ModelToExamine {
  run::RunFlags flags{};
  std::vector<std::string> tasks{"math500"};  // whose recipes it would be asked by
  bool fill_context = false;
};

void add_model_flags(CLI::App& verb, ModelToExamine& model);

// Sends the canary's requests and prints what they show. Exits with 2 if a run should not begin.
ExitCode examine_model(const ModelToExamine& model, const CLI::App& verb, bool as_json);

}  // namespace proctor::harness
