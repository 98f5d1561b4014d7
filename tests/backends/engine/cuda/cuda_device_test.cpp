// The CUDA device against the scalar double-precision model, and against itself in other batches.
#include "backends/engine/cuda/cuda_device.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tests/backends/engine/cuda/fixture.h"
#include "tests/backends/engine/support/reference_model.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

constexpr Architecture kArchitectures[] = {Architecture::qwen2, Architecture::qwen3,
                                           Architecture::llama};

// The small one with heads that tensor cores take, and groups of two and four.
ModelConfig cuda_config(Architecture architecture) {
  ModelConfig config = small_config(architecture);
  config.head_dim = 32;
  return config;
}

std::unique_ptr<Device> device_for(const Checkpoint& checkpoint) {
  Result<std::unique_ptr<Device>> device =
      cuda::make_cuda_device(checkpoint, {.cache_bytes = 1 << 22, .max_step_tokens = 160});
  REQUIRE_MESSAGE(device, (device ? "" : device.error().message()));
  return std::move(*device);
}

std::vector<Row> in_double(const std::vector<std::vector<float>>& logits) {
  std::vector<Row> rows;
  for (const std::vector<float>& row : logits) rows.emplace_back(row.begin(), row.end());
  return rows;
}

// After the first 64 + 9 tokens at once, and then one by one.
std::vector<std::vector<float>> some_logits(Device& device, int vocab_size,
                                            const std::vector<std::int32_t>& ids) {
  PageSource source(device);
  const std::vector<std::int32_t> pages = source.pages_for(ids.size());
  std::vector<std::vector<float>> logits;
  for (std::size_t start = 0; start < ids.size();) {
    const std::size_t count = start == 0 ? 73 : 1;
    logits.emplace_back(static_cast<std::size_t>(vocab_size));
    const SequenceSlice slice = {.tokens = std::span(ids).subspan(start, count),
                                 .start = static_cast<int>(start),
                                 .pages = pages,
                                 .sample = false,
                                 .sampling = {},
                                 .seed = 0,
                                 .logits = logits.back()};
    std::vector<SampledToken> sampled(1);
    REQUIRE(device.step(std::span(&slice, 1), sampled));
    start += count;
  }
  return logits;
}

struct Sequence {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> pages;
  std::size_t done = 0;
  std::vector<std::vector<float>> logits;  // after each slice's last token, by its position
  std::vector<SampledToken> sampled;
};

// Runs six sequences to their ends, in random batches, orders and cuts; keeps what came out.
std::vector<Sequence> run_all(Device& device, int vocab_size, std::uint64_t seed) {
  PageSource source(device);
  std::vector<Sequence> sequences(6);
  for (std::uint64_t i = 0; i < sequences.size(); ++i) {
    Sequence& sequence = sequences[i];
    sequence.ids = random_ids(100 + i, 3 + 17 * i, vocab_size);
    sequence.pages = source.pages_for(sequence.ids.size());
    sequence.logits.resize(sequence.ids.size());
    sequence.sampled.resize(sequence.ids.size());
  }
  std::mt19937_64 random(seed);
  while (true) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (sequences[i].done < sequences[i].ids.size()) order.push_back(i);
    }
    if (order.empty()) return sequences;
    std::ranges::shuffle(order, random);
    std::vector<SequenceSlice> slices;
    for (const std::size_t i : order) {
      Sequence& sequence = sequences[i];
      const std::size_t left = sequence.ids.size() - sequence.done;
      const std::size_t count = std::min<std::size_t>(left, 1 + random() % 25);
      std::vector<float>& logits = sequence.logits[sequence.done + count - 1];
      logits.resize(static_cast<std::size_t>(vocab_size));
      slices.push_back({.tokens = std::span(sequence.ids).subspan(sequence.done, count),
                        .start = static_cast<int>(sequence.done),
                        .pages = sequence.pages,
                        .sample = true,
                        .sampling = {.temperature = 0.6F, .top_p = 0.95F, .logprobs = true},
                        .seed = i,
                        .logits = logits});
      sequence.done += count;
    }
    std::vector<SampledToken> sampled(slices.size());
    REQUIRE(device.step(slices, sampled));
    for (std::size_t s = 0; s < order.size(); ++s) {
      Sequence& sequence = sequences[order[s]];
      sequence.sampled[sequence.done - 1] = sampled[s];
    }
  }
}

}  // namespace

TEST_CASE("the CUDA device computes the logits of the double-precision model within bf16") {
  SKIP_WITHOUT_DEVICE();
  for (const Architecture architecture : kArchitectures) {
    CAPTURE(static_cast<int>(architecture));
    const SyntheticCheckpoint model({.config = cuda_config(architecture)});
    const int vocabulary = model.checkpoint.config().vocab_size;
    const std::unique_ptr<Device> device = device_for(model.checkpoint);
    const std::vector<std::int32_t> ids = random_ids(11, 80, vocabulary);
    const std::vector<Row> logits = in_double(some_logits(*device, vocabulary, ids));
    std::vector<Row> truth = ReferenceModel(model.checkpoint).logits(ids);
    truth.erase(truth.begin(), truth.begin() + 72);
    CHECK(error_of(logits, truth).mean < kMeanBf16Error);
    for (const Fault fault : all_faults()) {
      if (!applies(fault, model.checkpoint.config()) || fault == Fault::rms_norm_eps) continue;
      CAPTURE(name_of(fault));
      std::vector<Row> faulty = ReferenceModel(model.checkpoint, fault).logits(ids);
      faulty.erase(faulty.begin(), faulty.begin() + 72);
      CHECK(error_of(logits, faulty).mean > 1.5 * kMeanBf16Error);
    }
  }
}

TEST_CASE("logits and tokens of the CUDA device are the same bits in every batch and cut") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint model({.config = cuda_config(Architecture::qwen2)});
  const int vocabulary = model.checkpoint.config().vocab_size;
  const std::unique_ptr<Device> device = device_for(model.checkpoint);
  const std::vector<Sequence> one = run_all(*device, vocabulary, 1);
  int compared = 0;
  for (std::uint64_t seed = 2; seed < 4; ++seed) {
    const std::unique_ptr<Device> another = device_for(model.checkpoint);
    const std::vector<Sequence> other = run_all(*another, vocabulary, seed);
    for (std::size_t i = 0; i < one.size(); ++i) {
      for (std::size_t at = 0; at < one[i].ids.size(); ++at) {
        if (one[i].logits[at].empty() || other[i].logits[at].empty()) continue;
        ++compared;
        CHECK(one[i].logits[at] == other[i].logits[at]);
        CHECK(one[i].sampled[at].id == other[i].sampled[at].id);
        CHECK(one[i].sampled[at].logprob == other[i].sampled[at].logprob);
      }
    }
  }
  CHECK(compared >= 12);  // every sequence's last at least
}

TEST_CASE("a page that the CUDA device copied serves as the original did") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint model({.config = cuda_config(Architecture::qwen3)});
  const int vocabulary = model.checkpoint.config().vocab_size;
  const std::unique_ptr<Device> device = device_for(model.checkpoint);
  const std::vector<std::int32_t> ids = random_ids(5, 20, vocabulary);
  const auto step = [&](std::size_t from, std::size_t to, std::int32_t page) {
    std::vector<float> logits(static_cast<std::size_t>(vocabulary));
    std::vector<SampledToken> sampled(1);
    const SequenceSlice slice = {.tokens = std::span(ids).subspan(from, to - from),
                                 .start = static_cast<int>(from),
                                 .pages = std::span(&page, 1),
                                 .sample = false,
                                 .sampling = {},
                                 .seed = 0,
                                 .logits = logits};
    REQUIRE(device->step(std::span(&slice, 1), sampled));
    return logits;
  };
  step(0, 15, 0);
  REQUIRE(device->copy_page(0, 3));
  const std::vector<float> original = step(15, 20, 0);
  CHECK(step(15, 20, 3) == original);
  REQUIRE(device->copy_page(1, 3));  // an empty page: the history is another one
  CHECK(step(15, 20, 3) != original);
}

TEST_CASE("what the CUDA device does not take is refused by name") {
  SKIP_WITHOUT_DEVICE();
  ModelConfig config = small_config(Architecture::qwen2);  // heads of 16 elements
  const SyntheticCheckpoint model({.config = config});
  const auto refused = cuda::make_cuda_device(model.checkpoint, {});
  REQUIRE(!refused);
  CHECK(refused.error().code() == ErrorCode::unavailable);
  CHECK(refused.error().message().find("4 of 16 for 2") != std::string::npos);

  const auto absent = cuda::make_cuda_device(model.checkpoint, {.index = 99});
  REQUIRE(!absent);
  CHECK(absent.error().message().find("no CUDA device 99") != std::string::npos);
}
