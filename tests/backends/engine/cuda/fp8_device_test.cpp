// The CUDA device with weights and a cache in 8 bits: near the model in double precision, the same
// bits however a prompt is cut, in less memory.
#include <doctest/doctest.h>

#include "backends/engine/cuda/cuda_device.h"
#include "tests/backends/engine/cuda/fixture.h"
#include "tests/backends/engine/support/reference_model.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

// As tests/backends/engine/cpu/kv_cache_test.cpp has them, and what bf16 adds.
constexpr double kMeanFp8CacheError = 0.3 + kMeanBf16Error;
constexpr double kMeanFp8WeightsError = 0.5 + kMeanBf16Error;

ModelConfig cuda_config(Architecture architecture) {
  ModelConfig config = small_config(architecture);
  config.head_dim = 32;
  config.intermediate_size = 192;
  return config;
}

std::unique_ptr<Device> device_for(const Checkpoint& checkpoint, Precision kv_cache,
                                   Precision weights) {
  Result<std::unique_ptr<Device>> device = cuda::make_cuda_device(
      checkpoint,
      {.cache_bytes = 1 << 22, .max_step_tokens = 160, .kv_cache = kv_cache, .weights = weights});
  REQUIRE_MESSAGE(device, (device ? "" : device.error().message()));
  return std::move(*device);
}

// The logits after some tokens, the slices ending there.
std::vector<Row> logits_at(Device& device, int vocab_size, const std::vector<std::int32_t>& ids,
                           const std::vector<std::size_t>& ends) {
  PageSource source(device);
  const std::vector<std::int32_t> pages = source.pages_for(ids.size());
  std::vector<Row> rows;
  std::size_t start = 0;
  for (const std::size_t end : ends) {
    std::vector<float> logits(static_cast<std::size_t>(vocab_size));
    const SequenceSlice slice = {.tokens = std::span(ids).subspan(start, end - start),
                                 .start = static_cast<int>(start),
                                 .pages = pages,
                                 .sampling = {},
                                 .logits = logits};
    std::vector<SampledToken> sampled(1);
    REQUIRE(device.step(std::span(&slice, 1), sampled));
    rows.emplace_back(logits.begin(), logits.end());
    start = end;
  }
  return rows;
}

}  // namespace

TEST_CASE("fp8 moves the logits of the CUDA device by little and the cut of a prompt by nothing") {
  SKIP_WITHOUT_DEVICE();
  const std::vector<std::size_t> ends = {40, 70, 75, 76, 77, 78, 79, 80};
  for (const Architecture architecture : {Architecture::qwen2, Architecture::qwen3}) {
    CAPTURE(static_cast<int>(architecture));
    const SyntheticCheckpoint model({.config = cuda_config(architecture)});
    const int vocabulary = model.checkpoint.config().vocab_size;
    const std::vector<std::int32_t> ids = random_ids(11, 80, vocabulary);
    const std::vector<Row> all = ReferenceModel(model.checkpoint).logits(ids);
    std::vector<Row> truth;
    for (const std::size_t end : ends) truth.push_back(all[end - 1]);
    struct Case {
      Precision kv_cache, weights;
      double bound;
    };
    const Case cases[] = {{Precision::fp8, Precision::full, kMeanFp8CacheError},
                          {Precision::full, Precision::fp8, kMeanFp8WeightsError}};
    for (const Case& of : cases) {
      const auto device = device_for(model.checkpoint, of.kv_cache, of.weights);
      const std::vector<Row> logits = logits_at(*device, vocabulary, ids, ends);
      const double error = error_of(logits, truth).mean;
      CHECK(error < of.bound);
      CHECK(error > kMeanBf16Error);
      CHECK(logits_at(*device, vocabulary, ids, {80}).back() == logits.back());
    }
  }
}

TEST_CASE("a CUDA device in fp8 says so and holds twice the pages") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint model({.config = cuda_config(Architecture::llama)});
  const auto full = device_for(model.checkpoint, Precision::full, Precision::full);
  const auto narrow = device_for(model.checkpoint, Precision::fp8, Precision::fp8);
  CHECK(narrow->pages() == 2 * full->pages());
  CHECK(narrow->arithmetic() == full->arithmetic() + "-weights-e4m3-kv-e4m3");
}

TEST_CASE("the CUDA device names the size that weights in fp8 do not come in") {
  SKIP_WITHOUT_DEVICE();
  ModelConfig config = cuda_config(Architecture::llama);
  config.intermediate_size = 160;
  const SyntheticCheckpoint model({.config = config});
  const auto refused = cuda::make_cuda_device(model.checkpoint, {.weights = Precision::fp8});
  REQUIRE(!refused);
  CHECK(refused.error().message().find("64 for weights in fp8 as intermediate_size, not 160") !=
        std::string::npos);
}
