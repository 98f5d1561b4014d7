// A checkpoint that a whole run can be tried with: random weights of any shape, a byte-level
// tokenizer that fills the vocabulary, a chat template, and no token that ends a reply.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "backends/engine/model_config.h"
#include "harness/core/result.h"

namespace proctor::bench {

struct MadeUpShape {
  std::string_view name;
  engine::ModelConfig config;
};

// "tiny" for a CPU, "vocabulary" with a real model's number of tokens and hardly any layers, and
// those of the R1 distills: "1.5b", "7b".
const std::vector<MadeUpShape>& made_up_shapes();

// Writes it into the folder, which exists. Some seconds for a real shape. A few tokens are whole
// answers, "\boxed{17}", so that replies have something to grade.
void write_made_up_model(const std::filesystem::path& folder, const engine::ModelConfig& config);

}  // namespace proctor::bench
