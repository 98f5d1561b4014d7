// The weights of a model by what they are, instead of by name.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/engine/checkpoint/safetensors.h"
#include "backends/engine/checkpoint/tensor.h"
#include "backends/engine/model_config.h"
#include "harness/core/result.h"

namespace proctor::engine {

// Rows and columns that share one of the scales called weight_scale_inv.
constexpr std::int64_t kScaleBlock = 128;

// Matrices are [out, in]. A bias or head norm that the model does not have is not present().
struct LayerWeights {
  TensorView input_norm;              // [hidden]
  TensorView q, k, v;                 // [q_size, hidden], [kv_size, hidden] twice
  TensorView q_bias, k_bias, v_bias;  // [q_size], [kv_size] twice
  TensorView q_norm, k_norm;          // [head_dim]: RMSNorm over each head
  TensorView o;                       // [hidden, q_size]
  TensorView post_norm;               // [hidden]
  TensorView gate, up;                // [intermediate, hidden]
  TensorView down;                    // [hidden, intermediate]
};

// Views into the memory of whoever parsed the tensors.
struct Weights {
  TensorView embed;  // [vocab, hidden]
  std::vector<LayerWeights> layers;
  TensorView final_norm;  // [hidden]
  TensorView lm_head;     // [vocab, hidden]; the bytes of `embed` where they are tied
};

// Finds each weight that the configuration calls for. Thread-safe. Of tied embeddings that are
// stored twice, both must be the same bytes (reading them takes about 0.2 s a gigabyte).
// Matrices in E4M3 get their scales: X.weight_scale_inv, one for each block of kScaleBlock, or
// X.weight_scale, one for all or for each output. Both are what elements are multiplied by.
// Errors: invalid_input, naming the tensor: missing, of another shape (expected and found), in E4M3
// without scales, or not known to the model. Nothing is passed over but the rotary frequencies that
// old checkpoints store
// (`rotary_emb.inv_freq`), which follow from the configuration.
Result<Weights> bind_weights(const ModelConfig& config, const TensorMap& tensors);

}  // namespace proctor::engine
