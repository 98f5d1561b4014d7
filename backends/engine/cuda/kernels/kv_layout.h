// Where the keys and values of a layer lie: [page][keys, values][kv head][slot][head_dim] bf16.
//
// The 64 positions of a page are consecutive for each head, so that a warp reads its share of them
// in one run (reference/inference.md, section 4, note 1).
#pragma once

#include <cstddef>
#include <cstdint>

namespace proctor::engine::cuda {

// Positions in a page.
constexpr int kPagePositions = 64;

struct KvLayout {
  int kv_heads = 0;
  int head_dim = 0;

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
};

}  // namespace proctor::engine::cuda
