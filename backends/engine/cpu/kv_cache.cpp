#include "backends/engine/cpu/kv_cache.h"

#include <algorithm>
#include <string>

namespace proctor::engine::cpu {

std::size_t KvCache::page_bytes(const ModelConfig& config) {
  return static_cast<std::size_t>(config.layers) * static_cast<std::size_t>(config.kv_size()) * 2 *
         kPageSize * sizeof(float);
}

Result<KvCache> KvCache::make(const ModelConfig& config, std::size_t pages) {
  KvCache cache;
  cache.pages_ = pages;
  cache.layers_ = static_cast<std::size_t>(config.layers);
  cache.heads_ = static_cast<std::size_t>(config.kv_heads);
  cache.head_dim_ = static_cast<std::size_t>(config.head_dim);
  // calloc takes zeroed pages from the system, which come to be when they are touched.
  cache.memory_.reset(static_cast<float*>(std::calloc(pages, page_bytes(config))));
  if (!cache.memory_) {
    return Error(
        ErrorCode::unavailable,
        "no memory for a KV cache of " + std::to_string(pages * page_bytes(config) >> 20) + " MiB");
  }
  return cache;
}

void KvCache::append(std::size_t layer, std::size_t page, std::size_t head, std::size_t slot,
                     const float* key, const float* value) {
  float* column = keys(layer, page, head) + slot;
  for (std::size_t d = 0; d < head_dim_; ++d) column[d * kPageSize] = key[d];
  std::copy_n(value, head_dim_, values(layer, page, head) + slot * head_dim_);
}

void KvCache::copy_page(std::size_t from, std::size_t to) {
  const std::size_t floats = layers_ * heads_ * 2 * head_floats();
  std::copy_n(keys(0, from, 0), floats, keys(0, to, 0));
}

}  // namespace proctor::engine::cpu
