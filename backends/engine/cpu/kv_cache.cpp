#include "backends/engine/cpu/kv_cache.h"

#include <algorithm>
#include <string>
#include <utility>

#include "backends/engine/checkpoint/e4m3.h"

namespace proctor::engine::cpu {
namespace {

std::size_t element_bytes(Precision precision) {
  return precision == Precision::full ? sizeof(float) : sizeof(std::uint8_t);
}

// One divided by a power of two is one, and exact.
std::uint8_t narrowed(float value, float scale) { return rounded_to_e4m3(value * (1.0F / scale)); }

}  // namespace

std::size_t KvCache::page_bytes(const ModelConfig& config, Precision precision) {
  return static_cast<std::size_t>(config.layers) * static_cast<std::size_t>(config.kv_size()) * 2 *
         kPageSize * element_bytes(precision);
}

Result<KvCache> KvCache::make(const ModelConfig& config, std::size_t pages,
                              std::vector<KvScales> scales) {
  KvCache cache;
  cache.pages_ = pages;
  cache.layers_ = static_cast<std::size_t>(config.layers);
  cache.heads_ = static_cast<std::size_t>(config.kv_heads);
  cache.head_dim_ = static_cast<std::size_t>(config.head_dim);
  const std::size_t page = page_bytes(config, scales.empty() ? Precision::full : Precision::fp8);
  cache.scales_ = std::move(scales);
  // calloc takes zeroed pages from the system, which come to be when they are touched.
  cache.memory_.reset(static_cast<std::byte*>(std::calloc(pages, page)));
  if (!cache.memory_) {
    return Error(ErrorCode::unavailable,
                 "no memory for a KV cache of " + std::to_string(pages * page >> 20) + " MiB");
  }
  return cache;
}

std::span<const float> KvCache::key_scales(std::size_t layer) const {
  return scales_.empty() ? std::span<const float>() : scales_[layer].keys;
}

std::span<const float> KvCache::value_scales(std::size_t layer) const {
  return scales_.empty() ? std::span<const float>() : scales_[layer].values;
}

void KvCache::multiply(const Kernels& kernels, const Product& product, std::size_t at) const {
  if (scales_.empty()) return kernels.multiply_f32(product, wide() + at);
  kernels.multiply_e4m3(product, narrow() + at);
}

void KvCache::multiply_keys(const Kernels& kernels, const Product& product, std::size_t layer,
                            std::size_t page, std::size_t head) const {
  multiply(kernels, product, keys_at(layer, page, head));
}

void KvCache::multiply_values(const Kernels& kernels, const Product& product, std::size_t layer,
                              std::size_t page, std::size_t head, std::size_t column) const {
  multiply(kernels, product, keys_at(layer, page, head) + head_elements() + column);
}

void KvCache::append(std::size_t layer, std::size_t page, std::size_t head, std::size_t slot,
                     const float* key, const float* value) {
  const std::size_t keys = keys_at(layer, page, head) + slot;
  const std::size_t values = keys_at(layer, page, head) + head_elements() + slot * head_dim_;
  if (scales_.empty()) {
    for (std::size_t d = 0; d < head_dim_; ++d) wide()[keys + d * kPageSize] = key[d];
    std::copy_n(value, head_dim_, wide() + values);
    return;
  }
  const float* key_scale = scales_[layer].keys.data() + head * head_dim_;
  const float* value_scale = scales_[layer].values.data() + head * head_dim_;
  for (std::size_t d = 0; d < head_dim_; ++d) {
    narrow()[keys + d * kPageSize] = narrowed(key[d], key_scale[d]);
    narrow()[values + d] = narrowed(value[d], value_scale[d]);
  }
}

void KvCache::take_page(const KvCache& from, std::size_t page, std::size_t place) {
  const std::size_t bytes = layers_ * heads_ * 2 * head_elements() *
                            element_bytes(scales_.empty() ? Precision::full : Precision::fp8);
  std::copy_n(from.memory_.get() + page * bytes, bytes, memory_.get() + place * bytes);
}

}  // namespace proctor::engine::cpu
