// The keys and values of all positions, in pages, in the two layouts that let the kernels multiply
// with them as they do with weights: keys with the positions as columns, values with the channels.
//
// They are kept in f32, or in E4M3 with a scale for each channel (checkpoint/kv_scales.h). Scales
// are powers of two, so that scaling the queries and the results instead changes no bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "backends/engine/checkpoint/kv_scales.h"
#include "backends/engine/cpu/kernels.h"
#include "backends/engine/model_config.h"
#include "backends/engine/precision.h"
#include "harness/core/result.h"

namespace proctor::engine::cpu {

// Positions in a page; a page of keys is one panel.
constexpr std::size_t kPageSize = kPanel;

class KvCache {
 public:
  // Memory that no sequence has written yet costs nothing, and reads as zeros.
  // scales: of every layer, for a cache in fp8; empty for one in f32.
  // Errors: unavailable, when the machine does not give so much address space.
  static Result<KvCache> make(const ModelConfig& config, std::size_t pages,
                              std::vector<KvScales> scales = {});
  // All layers of one page.
  static std::size_t page_bytes(const ModelConfig& config, Precision precision = Precision::full);

  std::size_t pages() const { return pages_; }
  // Of a layer's channels, all heads one after another; empty for a cache in f32.
  std::span<const float> key_scales(std::size_t layer) const;
  std::span<const float> value_scales(std::size_t layer) const;

  // The product with the keys of one head in one page, which are a panel [head_dim][kPageSize],
  // divided by their scales.
  void multiply_keys(const Kernels& kernels, const Product& product, std::size_t layer,
                     std::size_t page, std::size_t head) const;
  // With its values, a panel [kPageSize][head_dim], from the channel `column` on.
  void multiply_values(const Kernels& kernels, const Product& product, std::size_t layer,
                       std::size_t page, std::size_t head, std::size_t column) const;
  // Stores one position of one head.
  void append(std::size_t layer, std::size_t page, std::size_t head, std::size_t slot,
              const float* key, const float* value);
  void copy_page(std::size_t from, std::size_t to) { take_page(*this, from, to); }
  // Makes page `place` equal to page `page` of a cache of the same model and precision.
  void take_page(const KvCache& from, std::size_t page, std::size_t place);

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::size_t head_elements() const { return kPageSize * head_dim_; }
  // Where the keys of one head in one page begin, in elements; its values follow.
  std::size_t keys_at(std::size_t layer, std::size_t page, std::size_t head) const {
    return ((page * layers_ + layer) * heads_ + head) * 2 * head_elements();
  }
  void multiply(const Kernels& kernels, const Product& product, std::size_t at) const;
  float* wide() const { return reinterpret_cast<float*>(memory_.get()); }
  std::uint8_t* narrow() const { return reinterpret_cast<std::uint8_t*>(memory_.get()); }

  std::size_t pages_ = 0;
  std::size_t layers_ = 0;
  std::size_t heads_ = 0;
  std::size_t head_dim_ = 0;
  std::vector<KvScales> scales_;               // empty: f32
  std::unique_ptr<std::byte[], Free> memory_;  // [page][layer][head][keys, values]
};

}  // namespace proctor::engine::cpu
