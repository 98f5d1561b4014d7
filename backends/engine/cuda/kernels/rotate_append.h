// Between the projection and attention: the norm of each query and key head (Qwen3 only), the
// rotary embedding (Su et al. 2021, arXiv:2104.09864, "rotate half": element i turns with i +
// head_dim / 2) and the append of keys and values to the cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/kernels/kv_layout.h"

namespace proctor::engine::cuda {

// Tables of a model; head_dim is a multiple of 4.
struct RotaryParts {
  DeviceSpan<const float> cosines;  // [positions, head_dim / 2], fp32
  DeviceSpan<const float> sines;    // likewise
  DeviceSpan<const bf16> q_norm;    // [head_dim], or empty: no norm
  DeviceSpan<const bf16> k_norm;    // likewise
  float eps = 0;                    // of the norms
  KvScaleSpans scales;              // of the layer
};

// qkv: [rows, (heads + 2 * kv_heads) * head_dim] bf16. Queries are turned where they are; keys are
// turned into the cache, and values copied there. positions[i] is row i's; cache_slots[i] is where
// it goes: page * kPagePositions + position % kPagePositions, no two rows the same. `cache` is the
// layer's. fp32 inside, rounded once. One warp computes a head of a row.
//
// For a cache in E4M3 keys and values are divided by their scales and rounded to E4M3 instead, and
// queries are multiplied by the scales of the keys that they will meet, which changes no bit of
// their products.
void rotate_append(DeviceSpan<bf16> qkv, DeviceSpan<std::byte> cache,
                   DeviceSpan<const std::int32_t> positions,
                   DeviceSpan<const std::int32_t> cache_slots, int heads, const KvLayout& layout,
                   const RotaryParts& parts, Stream& stream);

// The meaning, of one head in place: normed if `norm` is not empty, then turned by the angles of
// `cosines` and `sines`, of half the head's length.
void rotate_reference(std::span<double> head, std::span<const double> norm, double eps,
                      std::span<const double> cosines, std::span<const double> sines);

}  // namespace proctor::engine::cuda
