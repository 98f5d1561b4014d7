// A model's files, read and checked: what a device needs to compute with it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "backends/engine/checkpoint/footprint.h"
#include "backends/engine/checkpoint/generation_config.h"
#include "backends/engine/checkpoint/weight_files.h"
#include "backends/engine/checkpoint/weights.h"
#include "backends/engine/model_config.h"
#include "harness/core/result.h"

namespace proctor::engine {

// Owns the mapped weights: views are good for as long as it lives, also once it has moved. What is
// const may be called from any thread.
class Checkpoint {
 public:
  // Reads config.json, generation_config.json (if there) and the weights of a Hugging Face folder.
  // Weights are mapped, not read, so this is fast and takes no memory.
  // Errors: not_found; io; invalid_input, with the file and the field or tensor that is wrong.
  static Result<Checkpoint> load(const std::filesystem::path& folder);

  // The same from texts in memory. `generation_config` may be empty; `safetensors` must outlive
  // the checkpoint.
  static Result<Checkpoint> from_memory(std::string_view config, std::string_view generation_config,
                                        std::span<const std::byte> safetensors);

  const ModelConfig& config() const { return config_; }
  const Weights& weights() const { return weights_; }
  // `eos_ids` is the union with those of config.json, ascending; the tokenizer may know one more.
  // `bos_id` is config.json's where generation_config.json has none.
  const GenerationConfig& generation() const { return generation_; }

  Footprint footprint() const { return footprint_of(config_, weights_); }
  // See identity_of. Up to about a second.
  std::string identity() const;

 private:
  Checkpoint(ModelConfig config, GenerationConfig generation, WeightFiles files, Weights weights);
  static Result<Checkpoint> assemble(std::string_view config, std::string_view generation_config,
                                     Result<WeightFiles> files, const std::string& prefix);

  ModelConfig config_;
  GenerationConfig generation_;
  WeightFiles files_;
  Weights weights_;  // views into files_
};

}  // namespace proctor::engine
