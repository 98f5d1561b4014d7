// The cache in 8 bits: what it stores, what it costs, and what becomes of the logits.
#include "backends/engine/cpu/kv_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/cpu/cpu_device.h"
#include "tests/backends/engine/support/reference_model.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::cpu;
using namespace proctor::engine::support;

namespace {

// Mean errors of logits whose standard deviation is 3.5, from rounding keys and values, or all
// weights, to four significant bits: twice what was measured, 0.12 to 0.15 and 0.19 to 0.28.
constexpr double kMeanFp8CacheError = 0.3;
constexpr double kMeanFp8WeightsError = 0.5;

constexpr Architecture kArchitectures[] = {Architecture::qwen2, Architecture::qwen3,
                                           Architecture::llama};

std::vector<std::vector<float>> logits_with(const Checkpoint& checkpoint, const CpuOptions& options,
                                            const std::vector<std::int32_t>& ids) {
  Result<std::unique_ptr<Device>> device = make_cpu_device(checkpoint, options);
  REQUIRE(device);
  PageSource source(**device);
  return logits_by_chunks(**device, checkpoint.config().vocab_size, ids, 40, source);
}

std::vector<Row> in_double(const std::vector<std::vector<float>>& logits) {
  std::vector<Row> rows;
  for (const std::vector<float>& row : logits) rows.emplace_back(row.begin(), row.end());
  return rows;
}

}  // namespace

TEST_CASE(
    "a cache in 8 bits multiplies with the rounded keys and values of its own page and head") {
  ModelConfig config = small_config(Architecture::llama);
  const auto width = static_cast<std::size_t>(config.head_dim);
  const auto channels = static_cast<std::size_t>(config.kv_size());
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal;
  std::vector<KvScales> scales(static_cast<std::size_t>(config.layers));
  for (KvScales& layer : scales) {
    for (std::vector<float>* of : {&layer.keys, &layer.values}) {
      for (std::size_t i = 0; i < channels; ++i) of->push_back(i % 3 == 0 ? 0.25F : 2.0F);
    }
  }
  Result<KvCache> cache = KvCache::make(config, 3, scales);
  REQUIRE(cache);
  const Kernels& kernels = *kernels_for(InstructionSet::scalar);
  const std::size_t slot = 5;
  std::vector<float> key(width);
  std::vector<float> value(width);
  for (float& x : key) x = normal(random);
  for (float& x : value) x = normal(random);
  cache->append(1, 2, 1, slot, key.data(), value.data());
  REQUIRE(cache->key_scales(1).size() == channels);

  // With a row of unit vectors a product shows what is stored.
  std::vector<float> unit(width, 0.0F);
  for (std::size_t d = 0; d < width; ++d) {
    std::ranges::fill(unit, 0.0F);
    unit[d] = 1;
    std::vector<float> row(kPageSize, 0.0F);
    cache->multiply_keys(kernels,
                         {.a = unit.data(),
                          .a_stride = width,
                          .rows = 1,
                          .depth = width,
                          .panel_stride = kPageSize,
                          .columns = kPageSize,
                          .out = row.data(),
                          .out_stride = kPageSize},
                         1, 2, 1);
    const float scale = cache->key_scales(1)[width + d];
    CHECK(row[slot] == widened_e4m3(rounded_to_e4m3(key[d] / scale)));
    CHECK(std::ranges::count(row, 0.0F) >= static_cast<std::ptrdiff_t>(kPageSize) - 1);
  }
  std::vector<float> weights(kPageSize, 0.0F);
  weights[slot] = 1;
  std::vector<float> out(width, 0.0F);
  cache->multiply_values(kernels,
                         {.a = weights.data(),
                          .a_stride = kPageSize,
                          .rows = 1,
                          .depth = kPageSize,
                          .panel_stride = width,
                          .columns = width,
                          .out = out.data(),
                          .out_stride = width},
                         1, 2, 1, 0);
  for (std::size_t d = 0; d < width; ++d) {
    const float scale = cache->value_scales(1)[width + d];
    CHECK(out[d] == widened_e4m3(rounded_to_e4m3(value[d] / scale)));
  }
}

TEST_CASE("the same memory holds four times the pages of f32") {
  const ModelConfig config = small_config(Architecture::qwen2);
  CHECK(KvCache::page_bytes(config) == 4 * KvCache::page_bytes(config, Precision::fp8));
  const SyntheticCheckpoint model({.config = config});
  const auto pages = [&](Precision precision) {
    const Result<std::unique_ptr<Device>> device = make_cpu_device(
        model.checkpoint,
        {.threads = 1, .cache_bytes = 10 * KvCache::page_bytes(config), .kv_cache = precision});
    REQUIRE(device);
    return (*device)->pages();
  };
  CHECK(pages(Precision::full) == 10);
  CHECK(pages(Precision::fp8) == 40);
}

TEST_CASE("fp8 moves the logits by little and by something and is named") {
  for (const Architecture architecture : kArchitectures) {
    CAPTURE(static_cast<int>(architecture));
    const SyntheticCheckpoint model({.config = small_config(architecture)});
    const std::vector<std::int32_t> ids = random_ids(11, 150, model.checkpoint.config().vocab_size);
    const std::vector<Row> truth = ReferenceModel(model.checkpoint).logits(ids);
    const CpuOptions full = {.threads = 1, .cache_bytes = 1 << 22};
    CpuOptions cache = full;
    cache.kv_cache = Precision::fp8;
    CpuOptions weights = full;
    weights.weights = Precision::fp8;
    const double of_cache =
        error_of(in_double(logits_with(model.checkpoint, cache, ids)), truth).mean;
    const double of_weights =
        error_of(in_double(logits_with(model.checkpoint, weights, ids)), truth).mean;
    CHECK(of_cache < kMeanFp8CacheError);
    CHECK(of_cache > 10 * kLargestF32Error);
    CHECK(of_weights < kMeanFp8WeightsError);
    CHECK(of_weights > 10 * kLargestF32Error);
  }
  const SyntheticCheckpoint model({.config = small_config(Architecture::llama)});
  const auto arithmetic = [&](Precision kv_cache, Precision weights) {
    const Result<std::unique_ptr<Device>> device = make_cpu_device(
        model.checkpoint,
        {.threads = 1, .cache_bytes = 1 << 22, .kv_cache = kv_cache, .weights = weights});
    REQUIRE(device);
    return (*device)->arithmetic();
  };
  CHECK(arithmetic(Precision::full, Precision::full) == "cpu-f32");
  CHECK(arithmetic(Precision::fp8, Precision::full) == "cpu-f32-kv-e4m3");
  CHECK(arithmetic(Precision::fp8, Precision::fp8) == "cpu-f32-weights-e4m3-kv-e4m3");
}
