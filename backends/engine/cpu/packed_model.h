// A checkpoint's weights as the CPU device reads them.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/cpu/packed_matrix.h"
#include "backends/engine/model_config.h"
#include "backends/engine/precision.h"
#include "harness/core/result.h"

namespace proctor::engine::cpu {

// A vector that the model does not have is empty.
struct PackedLayer {
  std::vector<float> input_norm;      // [hidden]
  PackedMatrix qkv;                   // [q_size + 2 kv_size, hidden]
  std::vector<float> qkv_bias;        // [q_size + 2 kv_size]
  std::vector<float> q_norm, k_norm;  // [head_dim]
  PackedMatrix o;                     // [hidden, q_size]
  std::vector<float> post_norm;       // [hidden]
  PackedMatrix gate, up;              // [intermediate, hidden]
  PackedMatrix down;                  // [hidden, intermediate]
};

struct PackedModel {
  ModelConfig config;
  TensorView embed;  // [vocab, hidden], in the checkpoint's memory
  std::vector<PackedLayer> layers;
  std::vector<float> final_norm;  // [hidden]
  PackedMatrix lm_head;           // [vocab, hidden]
  std::size_t weight_bytes = 0;   // that a step reads
};

// Copies the matrices into panels; about as long as reading them takes. layers: how the matrices of
// layers are held, other than the table of the lm_head. `checkpoint` must outlive the result.
// Errors: unavailable for sizes that the kernels do not take.
Result<PackedModel> pack_model(const Checkpoint& checkpoint, Precision layers);

}  // namespace proctor::engine::cpu
