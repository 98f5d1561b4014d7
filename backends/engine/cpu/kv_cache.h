// The keys and values of all positions, in pages, in the two layouts that let the kernels multiply
// with them as they do with weights: keys with the positions as columns, values with the channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "backends/engine/cpu/kernels.h"
#include "backends/engine/model_config.h"
#include "harness/core/result.h"

namespace proctor::engine::cpu {

// Positions in a page; a page of keys is one panel.
constexpr std::size_t kPageSize = kPanel;

class KvCache {
 public:
  // Memory that no sequence has written yet costs nothing, and reads as zeros.
  // Errors: unavailable, when the machine does not give so much address space.
  static Result<KvCache> make(const ModelConfig& config, std::size_t pages);
  // All layers of one page.
  static std::size_t page_bytes(const ModelConfig& config);

  std::size_t pages() const { return pages_; }
  // Of one head in one page: keys [head_dim][kPageSize], values [kPageSize][head_dim].
  float* keys(std::size_t layer, std::size_t page, std::size_t head) {
    return memory_.get() + ((page * layers_ + layer) * heads_ + head) * 2 * head_floats();
  }
  float* values(std::size_t layer, std::size_t page, std::size_t head) {
    return keys(layer, page, head) + head_floats();
  }
  // Stores one position of one head.
  void append(std::size_t layer, std::size_t page, std::size_t head, std::size_t slot,
              const float* key, const float* value);
  void copy_page(std::size_t from, std::size_t to);

 private:
  struct Free {
    void operator()(float* memory) const { std::free(memory); }
  };
  std::size_t head_floats() const { return kPageSize * head_dim_; }

  std::size_t pages_ = 0;
  std::size_t layers_ = 0;
  std::size_t heads_ = 0;
  std::size_t head_dim_ = 0;
  std::unique_ptr<float[], Free> memory_;  // [page][layer][head][keys, values]
};

}  // namespace proctor::engine::cpu
