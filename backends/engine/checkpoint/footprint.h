// How large a model is.
#pragma once

#include <cstdint>

#include "backends/engine/checkpoint/weights.h"
#include "backends/engine/model_config.h"

namespace proctor::engine {

struct Footprint {
  std::int64_t parameters = 0;              // tied embeddings once
  std::int64_t weight_bytes = 0;            // as stored
  std::int64_t weight_bytes_e4m3 = 0;       // with the layers' matrices in 8 bits and their scales
  std::int64_t kv_bytes_per_token_f32 = 0;  // keys and values of one token in all layers
  std::int64_t kv_bytes_per_token_bf16 = 0;
  std::int64_t kv_bytes_per_token_e4m3 = 0;
};

Footprint footprint_of(const ModelConfig& config, const Weights& weights);

}  // namespace proctor::engine
