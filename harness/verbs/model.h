// `proctor model`: looks inside a checkpoint and runs its parts one by one.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/engine/engine.h"
#include "harness/core/result.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {

// "tiny", "local/FOLDER", a folder, or ORG/NAME of the hub's cache. Errors: those of reading a
// model.
Result<engine::Model> model_named(const std::string& spec);

// What `model inspect` says, as text or as a JSON object; ends in a line feed.
std::string describe_model(const std::string& name, const engine::Model& model, bool json);

struct GenerateOptions {
  std::string model;
  std::string prompt = "-";  // "-": stdin
  std::string system;
  bool raw = false;  // the prompt as it is, without the chat template
  int samples = 1;
  int max_tokens = 1024;
  // Negative, or -1 for top_k: as the model's generation_config.json says.
  double temperature = -1;
  double top_p = -1;
  int top_k = -1;
  std::uint64_t seed = 0;
  std::vector<std::string> stop;
  bool loop_stop = false;
  bool logprobs = false;
  engine::EngineOptions engine;
};

// Generates and prints, a single sample as it comes. Errors: the model's or the engine's.
Result<void> generate_and_print(const GenerateOptions& options, bool json);

// Adds `fetch`, which brings a model from the Hugging Face hub, below `proctor model`.
void add_model_fetch(CLI::App& model, Globals& globals, int& exit_code);

}  // namespace proctor::harness
