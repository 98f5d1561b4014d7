// config.json of a Hugging Face checkpoint, as the engine understands it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "backends/engine/model_config.h"
#include "harness/core/result.h"

namespace proctor::engine {

struct CheckpointConfig {
  ModelConfig model;
  std::vector<std::int32_t> eos_ids;  // as written; may be empty
  std::optional<std::int32_t> bos_id;
};

// Reads Qwen2ForCausalLM, Qwen3ForCausalLM and LlamaForCausalLM with the meaning and the defaults
// of transformers 4 and 5; null means absent. Pure and thread-safe. Errors: invalid_input, naming
// the field but not the file: another architecture or activation, a checkpoint that is quantised in
// another way than E4M3 with scales of blocks or tensors, sliding
// windows in use, a rotary scaling other than llama3, biases in the MLP, a size that is missing,
// implausible, or does not divide as it must. What would change the result and is not supported is
// refused, never ignored.
Result<CheckpointConfig> parse_config(std::string_view json);

}  // namespace proctor::engine
