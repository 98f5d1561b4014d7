// The CPU device gives the same bits whatever the batch, its cuts and order, the threads and the
// instruction set.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "backends/engine/cpu/cpu_device.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

struct Sequence {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> pages;
  std::size_t done = 0;
  std::vector<std::vector<float>> logits;  // after each slice's last token, by its position
  std::vector<SampledToken> sampled;
};

std::vector<Sequence> some_sequences(int vocab_size, PageSource& source) {
  std::vector<Sequence> sequences;
  for (std::uint64_t i = 0; i < 9; ++i) {
    Sequence sequence;
    sequence.ids = random_ids(100 + i, 5 + 23 * i, vocab_size);
    sequence.pages = source.pages_for(sequence.ids.size());
    sequence.logits.resize(sequence.ids.size());
    sequence.sampled.resize(sequence.ids.size());
    sequences.push_back(std::move(sequence));
  }
  return sequences;
}

// Runs all sequences to their ends, in random batches, orders and cuts; keeps what came out.
std::vector<Sequence> run_all(Device& device, int vocab_size, std::uint64_t seed) {
  PageSource source(device);
  std::vector<Sequence> sequences = some_sequences(vocab_size, source);
  REQUIRE(sequences.back().pages.back() < device.pages());
  std::mt19937_64 random(seed);
  while (true) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (sequences[i].done < sequences[i].ids.size()) order.push_back(i);
    }
    if (order.empty()) return sequences;
    std::ranges::shuffle(order, random);
    order.resize(1 + random() % order.size());
    std::vector<SequenceSlice> slices;
    for (const std::size_t i : order) {
      Sequence& sequence = sequences[i];
      const std::size_t left = sequence.ids.size() - sequence.done;
      const std::size_t count = std::min<std::size_t>(left, 1 + random() % 40);
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

bool same_bits(const SampledToken& a, const SampledToken& b) {
  return a.id == b.id && a.logprob == b.logprob && a.tempered_logprob == b.tempered_logprob;
}

// Compares where both have logits: the cuts differ.
int compare(const std::vector<Sequence>& one, const std::vector<Sequence>& other) {
  int compared = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    for (std::size_t at = 0; at < one[i].ids.size(); ++at) {
      if (one[i].logits[at].empty() || other[i].logits[at].empty()) continue;
      ++compared;
      CHECK(one[i].logits[at] == other[i].logits[at]);
      CHECK(same_bits(one[i].sampled[at], other[i].sampled[at]));
    }
  }
  return compared;
}

}  // namespace

TEST_CASE("logits and tokens are the same bits in every batch, on every thread and vector width") {
  constexpr std::pair<Architecture, Precision> kModels[] = {{Architecture::qwen2, Precision::full},
                                                            {Architecture::qwen3, Precision::full},
                                                            {Architecture::llama, Precision::full},
                                                            {Architecture::qwen2, Precision::fp8}};
  for (const auto& [architecture, precision] : kModels) {
    const SyntheticCheckpoint model({.config = small_config(architecture)});
    const int vocabulary = model.checkpoint.config().vocab_size;
    const auto run = [&, of = precision](int threads, cpu::InstructionSet set, std::uint64_t seed) {
      const cpu::Kernels* kernels = cpu::kernels_for(set);
      if (kernels == nullptr) return std::vector<Sequence>();
      Result<std::unique_ptr<Device>> device =
          cpu::make_cpu_device(model.checkpoint, {.threads = threads,
                                                  .cache_bytes = 1 << 24,
                                                  .kv_cache = of,
                                                  .weights = of,
                                                  .kernels = kernels});
      REQUIRE(device);
      return run_all(**device, vocabulary, seed);
    };
    const std::vector<Sequence> plain = run(1, cpu::InstructionSet::scalar, 1);
    int compared = 0;
    for (std::uint64_t seed = 2; seed < 8; ++seed) {
      for (const cpu::InstructionSet set :
           {cpu::InstructionSet::scalar, cpu::InstructionSet::avx2, cpu::InstructionSet::avx512}) {
        const std::vector<Sequence> other = run(1 + static_cast<int>(seed % 3), set, seed);
        if (!other.empty()) compared += compare(plain, other);
      }
    }
    CHECK(compared > 100);
  }
}

TEST_CASE("a copied page serves as the original did") {
  const SyntheticCheckpoint model({.config = small_config(Architecture::qwen3)});
  const int vocabulary = model.checkpoint.config().vocab_size;
  Result<std::unique_ptr<Device>> device =
      cpu::make_cpu_device(model.checkpoint, {.threads = 1, .cache_bytes = 1 << 22});
  REQUIRE(device);
  const std::vector<std::int32_t> ids = random_ids(5, 40, vocabulary);
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
    REQUIRE((*device)->step(std::span(&slice, 1), sampled));
    return logits;
  };
  step(0, 30, 0);
  REQUIRE((*device)->copy_page(0, 3));
  const std::vector<float> original = step(30, 40, 0);
  CHECK(step(30, 40, 3) == original);
  CHECK(step(31, 40, 3) == original);
  REQUIRE((*device)->copy_page(1, 3));  // an empty page: the history is another one
  CHECK(step(30, 40, 3) != original);
}
