// Where the keys and values of a layer lie: [page][keys, values][kv head][slot][head_dim], in bf16,
// or in E4M3 (checkpoint/e4m3.h) divided by a scale for each channel.
//
// The 64 positions of a page are consecutive for each head, so that a warp reads its share of them
// in one run (reference/inference.md, section 4, note 1).
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/precision.h"

namespace proctor::engine::cuda {

// Positions in a page.
constexpr int kPagePositions = 64;

struct KvLayout {
  int kv_heads = 0;
  int head_dim = 0;
  Precision precision = Precision::full;

  // In elements.
  constexpr std::size_t head_size() const {
    return static_cast<std::size_t>(kPagePositions) * static_cast<std::size_t>(head_dim);
  }
  constexpr std::size_t page_size() const {
    return 2 * static_cast<std::size_t>(kv_heads) * head_size();
  }
  // Where a head's keys in a page begin; its values lie values_offset() further on.
  constexpr std::size_t keys_at(std::int32_t page, int head) const {
    return static_cast<std::size_t>(page) * page_size() +
           static_cast<std::size_t>(head) * head_size();
  }
  constexpr std::size_t values_offset() const { return page_size() / 2; }

  constexpr std::size_t page_bytes() const {
    return page_size() * (precision == Precision::full ? sizeof(bf16) : sizeof(std::uint8_t));
  }
};

// Of a layer's channels, [kv_heads, head_dim], powers of two (checkpoint/kv_scales.h); empty where
// the cache is in bf16.
struct KvScaleSpans {
  DeviceSpan<const float> keys;
  DeviceSpan<const float> values;
};

// Stops the program unless there are scales where the layout has use for them, and only there.
inline void check_scales(const KvScaleSpans& scales, const KvLayout& layout) {
  const auto channels = static_cast<std::size_t>(layout.kv_heads * layout.head_dim);
  const std::size_t expected = layout.precision == Precision::full ? 0 : channels;
  check(scales.keys.size() == expected && scales.values.size() == expected);
}

}  // namespace proctor::engine::cuda
