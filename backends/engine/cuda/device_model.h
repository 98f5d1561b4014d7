// A checkpoint's weights on the device, in bf16.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/model_config.h"

namespace proctor::engine::cuda {

// Matrices are [out, in]. A vector that the model does not have is empty.
struct DeviceLayer {
  DeviceBuffer<bf16> input_norm;      // [hidden]
  DeviceBuffer<bf16> qkv;             // [q_size + 2 kv_size, hidden]
  DeviceBuffer<bf16> qkv_bias;        // [q_size + 2 kv_size]
  DeviceBuffer<bf16> q_norm, k_norm;  // [head_dim]
  DeviceBuffer<bf16> o;               // [hidden, q_size]
  DeviceBuffer<bf16> post_norm;       // [hidden]
  DeviceBuffer<bf16> gate_up;         // [2 intermediate, hidden]: all of gate, then all of up
  DeviceBuffer<bf16> down;            // [hidden, intermediate]
};

struct DeviceModel {
  ModelConfig config;
  DeviceBuffer<bf16> embed;  // [vocab, hidden]
  std::vector<DeviceLayer> layers;
  DeviceBuffer<bf16> final_norm;  // [hidden]
  DeviceBuffer<bf16> head;        // [logit_stride, hidden]; empty: the embedding
  int logit_stride = 0;           // vocab, up to a multiple of 8; the rows beyond are zeros

  DeviceSpan<const bf16> lm_head() const { return head.size() == 0 ? embed.span() : head.span(); }
};

// Copies all weights, as long as reading them takes. Weights in f32 and f16 are rounded to bf16.
// Errors: unavailable, for sizes that the kernels do not take, and when the device has no memory
// for it.
Result<DeviceModel> upload_model(const Checkpoint& checkpoint, Stream& stream);

}  // namespace proctor::engine::cuda
