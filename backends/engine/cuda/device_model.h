// A checkpoint's weights on the device, in bf16.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/kernels/matmul.h"
#include "backends/engine/model_config.h"
#include "backends/engine/precision.h"

namespace proctor::engine::cuda {

// The weights of a matrix, [out, in]: in bf16, or in E4M3 as kernels/round_rows.h says.
struct DeviceMatrix {
  DeviceBuffer<bf16> wide;
  DeviceBuffer<std::uint8_t> narrow;
  DeviceBuffer<float> scales;  // [out], with `narrow`

  WeightSpans spans() const {
    return narrow.size() == 0 ? WeightSpans(wide.span())
                              : WeightSpans(narrow.span(), scales.span());
  }
};

// Matrices are [out, in]. A vector that the model does not have is empty.
struct DeviceLayer {
  DeviceBuffer<bf16> input_norm;      // [hidden]
  DeviceMatrix qkv;                   // [q_size + 2 kv_size, hidden]
  DeviceBuffer<bf16> qkv_bias;        // [q_size + 2 kv_size]
  DeviceBuffer<bf16> q_norm, k_norm;  // [head_dim]
  DeviceMatrix o;                     // [hidden, q_size]
  DeviceBuffer<bf16> post_norm;       // [hidden]
  DeviceMatrix gate_up;               // [2 intermediate, hidden]: all of gate, then all of up
  DeviceMatrix down;                  // [hidden, intermediate]
  DeviceBuffer<float> key_scales;     // [kv_size], for a cache in fp8; else empty
  DeviceBuffer<float> value_scales;   // likewise
};

struct ModelPrecision {
  Precision kv_cache = Precision::full;
  Precision weights = Precision::full;  // of the layers' matrices
};

struct DeviceModel {
  ModelConfig config;
  Precision kv_cache = Precision::full;
  Precision weights = Precision::full;  // of the layers' matrices
  DeviceBuffer<bf16> embed;             // [vocab, hidden]
  std::vector<DeviceLayer> layers;
  DeviceBuffer<bf16> final_norm;  // [hidden]
  DeviceBuffer<bf16> head;        // [logit_stride, hidden]; empty: the embedding
  int logit_stride = 0;           // vocab, up to a multiple of 8; the rows beyond are zeros

  DeviceSpan<const bf16> lm_head() const { return head.size() == 0 ? embed.span() : head.span(); }
};

// Copies all weights, as long as reading them takes. Weights in f32 and f16 are rounded to bf16;
// the layers' matrices from there to E4M3, where that is wanted. Errors: unavailable, for sizes
// that the kernels do not take, and when the device has no memory for it; corrupt, for weights that
// make no bounds for a cache in fp8.
Result<DeviceModel> upload_model(const Checkpoint& checkpoint, const ModelPrecision& precision,
                                 Stream& stream);

}  // namespace proctor::engine::cuda
