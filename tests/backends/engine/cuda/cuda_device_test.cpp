// The CUDA device against the scalar double-precision model, and against itself in other batches.
#include "backends/engine/cuda/cuda_device.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <tuple>

#include "backends/engine/cuda/forward.h"
#include "backends/engine/scheduler/scheduler.h"
#include "tests/backends/engine/cuda/fixture.h"
#include "tests/backends/engine/support/pass_over.h"
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

std::unique_ptr<Device> device_for(const Checkpoint& checkpoint,
                                   const cuda::CudaOptions& options = {.cache_bytes = 1 << 22,
                                                                       .max_step_tokens = 160}) {
  Result<std::unique_ptr<Device>> device = cuda::make_cuda_device(checkpoint, options);
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

TEST_CASE("a page that the CUDA device swapped out comes back as it was") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint model({.config = cuda_config(Architecture::llama)});
  const int vocabulary = model.checkpoint.config().vocab_size;
  const std::unique_ptr<Device> device = device_for(
      model.checkpoint, {.cache_bytes = 1 << 22, .swap_bytes = 1 << 20, .max_step_tokens = 160});
  REQUIRE(device->host_pages() > 5);
  const std::vector<std::int32_t> ids = random_ids(5, 130, vocabulary);
  // Logits after the last token, the earlier ones being in these pages already.
  const auto last = [&](const std::vector<std::int32_t>& pages) {
    std::vector<float> logits(static_cast<std::size_t>(vocabulary));
    std::vector<SampledToken> sampled(1);
    const SequenceSlice slice = {.tokens = std::span(ids).subspan(129),
                                 .start = 129,
                                 .pages = pages,
                                 .sampling = {},
                                 .logits = logits};
    REQUIRE(device->step(std::span(&slice, 1), sampled));
    return logits;
  };
  const std::vector<std::int32_t> pages = {0, 1, 2};
  std::vector<SampledToken> sampled(1);
  const SequenceSlice all = {
      .tokens = std::span(ids).first(129), .pages = pages, .sampling = {}, .logits = {}};
  REQUIRE(device->step(std::span(&all, 1), sampled));
  const std::vector<float> original = last(pages);
  const std::vector<std::int32_t> places = {5, 0, 3};
  const Result<bool> kept = device->swap_out(pages, places);
  REQUIRE(kept);
  CHECK(*kept);
  for (const int page : pages) REQUIRE(device->copy_page(20, page));  // nothing is in page 20
  CHECK(last(pages) != original);
  const std::vector<std::int32_t> others = {7, 1, 4};
  REQUIRE(device->swap_in(places, others));
  CHECK(last(others) == original);
}

TEST_CASE("the CUDA device takes a step while the tokens of the one before are not known") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint model({.config = cuda_config(Architecture::qwen2)});
  const int vocabulary = model.checkpoint.config().vocab_size;
  const std::vector<std::int32_t> first = random_ids(8, 3, vocabulary);
  constexpr int kSteps = 6;
  // Three sequences; the device is told each token, or where it comes from.
  const auto written = [&](bool one_behind) {
    const std::unique_ptr<Device> device = device_for(model.checkpoint);
    std::vector<std::vector<std::int32_t>> tokens(3);
    std::vector<std::int32_t> input = first;
    std::vector<SampledToken> sampled(3);
    const auto collect = [&] {
      REQUIRE(device->collect(sampled));
      for (std::size_t i = 0; i < 3; ++i) tokens[i].push_back(sampled[i].id);
    };
    const std::int32_t pages[] = {0, 1, 2};
    for (int step = 0; step < kSteps; ++step) {
      std::vector<SequenceSlice> slices;
      for (std::size_t i = 0; i < 3; ++i) {
        const bool unknown = one_behind && step > 0;
        if (!one_behind && step > 0) input[i] = tokens[i].back();
        if (unknown) input[i] = -1;
        slices.push_back({.tokens = std::span(input).subspan(i, 1),
                          .start = step,
                          .drawn_by = unknown ? static_cast<int>(i) : -1,
                          .pages = std::span(pages).subspan(i, 1),
                          .sample = true,
                          .sampling = {.temperature = 1},
                          .seed = i,
                          .logits = {}});
      }
      REQUIRE(device->submit(slices));
      if (!one_behind || step > 0) collect();
    }
    if (one_behind) collect();
    CHECK(device->busy_seconds() > 0);
    return tokens;
  };
  const std::vector<std::vector<std::int32_t>> known = written(false);
  CHECK(known[0].size() == kSteps);
  CHECK(known[0] != known[1]);
  cuda::fixture::in_every_order_of_streams([&] { CHECK(written(true) == known); });
}

TEST_CASE("the CUDA device passes over a sequence that ended with the token before") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint model({.config = cuda_config(Architecture::llama)});
  check_passes_over([&] { return device_for(model.checkpoint); },
                    model.checkpoint.config().vocab_size);
}

TEST_CASE("steps of the CUDA device that only decode are repeated as graphs to the bit") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint checkpoint({.config = cuda_config(Architecture::qwen2)});
  cuda::Stream stream = cuda::fixture::make_stream();
  const Result<cuda::DeviceModel> model = cuda::upload_model(checkpoint.checkpoint, {}, stream);
  REQUIRE(model);
  constexpr std::int32_t kPages = 6;
  // Up to five sequences, the number of which changes, so that some steps are filled up.
  const auto drawn = [&](bool graphs) {
    cuda::KernelProduct product;
    Result<cuda::Forward> forward = cuda::Forward::make(*model, product, 160, stream);
    REQUIRE(forward);
    auto cache =
        cuda::fixture::room_for<std::byte>(static_cast<std::size_t>(kPages + 1) *
                                           forward->layout().page_bytes() * model->layers.size());
    cuda::clear(cache.span(), stream);
    forward->set_cache(cache.span(), kPages, graphs);
    std::vector<std::tuple<std::int32_t, float, TokenEnd>> all;
    std::vector<std::int32_t> tokens = {1, 2, 3, 4, 5};
    for (int step = 0; step < 14; ++step) {
      if (step == 5) forward->set_stop_tokens(random_ids(4, 100, model->config.vocab_size));
      const std::size_t count = step % 7 == 3 ? 2 : step < 9 ? 5 : 3;
      const std::int32_t pages[] = {4, 2, 0, 1, 3};
      std::vector<SequenceSlice> slices;
      for (std::size_t i = 0; i < count; ++i) {
        slices.push_back({.tokens = std::span(tokens).subspan(i, 1),
                          .start = step,
                          .pages = std::span(pages).subspan(i, 1),
                          .sample = true,
                          .sampling = {.temperature = 1, .top_p = 0.9F, .logprobs = true},
                          .seed = i,
                          .logits = {}});
      }
      std::vector<SampledToken> sampled(count);
      REQUIRE(forward->submit(slices));
      REQUIRE(forward->collect(sampled));
      for (std::size_t i = 0; i < count; ++i) {
        tokens[i] = sampled[i].id;
        all.emplace_back(sampled[i].id, sampled[i].logprob, sampled[i].end);
      }
    }
    CHECK((forward->replayed_steps() > 5) == graphs);
    return all;
  };
  CHECK(drawn(true) == drawn(false));
}

TEST_CASE("a step of more rows than logits are computed for at a time is a graph as others are") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint checkpoint({.config = cuda_config(Architecture::llama)});
  cuda::Stream stream = cuda::fixture::make_stream();
  const Result<cuda::DeviceModel> model = cuda::upload_model(checkpoint.checkpoint, {}, stream);
  REQUIRE(model);
  constexpr std::size_t kMany = cuda::kLogitRows + 1;
  // Sequences that are all alike.
  const auto drawn = [&](std::size_t count, std::int64_t replayed) {
    cuda::KernelProduct product;
    Result<cuda::Forward> forward = cuda::Forward::make(*model, product, 300, stream);
    REQUIRE(forward);
    auto cache = cuda::fixture::room_for<std::byte>((count + 1) * forward->layout().page_bytes() *
                                                    model->layers.size());
    cuda::clear(cache.span(), stream);
    forward->set_cache(cache.span(), static_cast<std::int32_t>(count));
    std::vector<std::int32_t> pages(count);
    std::iota(pages.begin(), pages.end(), 0);
    std::vector<std::int32_t> tokens = {1};
    for (int step = 0; step < 3; ++step) {
      std::vector<SequenceSlice> slices;
      for (std::size_t i = 0; i < count; ++i) {
        slices.push_back({.tokens = std::span(tokens).last(1),
                          .start = step,
                          .pages = std::span(pages).subspan(i, 1),
                          .sample = true,
                          .sampling = {.temperature = 1},
                          .logits = {}});
      }
      std::vector<SampledToken> sampled(count);
      REQUIRE(forward->submit(slices));
      REQUIRE(forward->collect(sampled));
      tokens.push_back(sampled.front().id);
      CHECK(std::ranges::count(sampled, tokens.back(), &SampledToken::id) ==
            static_cast<std::ptrdiff_t>(count));
    }
    CHECK(forward->replayed_steps() == replayed);
    return tokens;
  };
  CHECK(drawn(kMany, 1) == drawn(1, 1));
}

TEST_CASE("a graph of the CUDA device is not taken for that of arrays which came to lie there") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint checkpoint({.config = cuda_config(Architecture::qwen2)});
  cuda::Stream stream = cuda::fixture::make_stream();
  const Result<cuda::DeviceModel> model = cuda::upload_model(checkpoint.checkpoint, {}, stream);
  REQUIRE(model);
  // Page tables longer than they need be, so that the arrays of the steps, which take turns, grow:
  // those of the odd ones into the room that the even ones have just left.
  constexpr std::size_t kPages[] = {2048, 1, 2048, 1, 2048, 1, 16384, 2048, 1, 2048, 1, 2048};
  const std::vector<std::int32_t> pages(std::ranges::max(kPages), 0);
  const auto drawn = [&](bool graphs) {
    cuda::KernelProduct product;
    Result<cuda::Forward> forward = cuda::Forward::make(*model, product, 16, stream);
    REQUIRE(forward);
    auto cache = cuda::fixture::room_for<std::byte>(2 * forward->layout().page_bytes() *
                                                    model->layers.size());
    cuda::clear(cache.span(), stream);
    forward->set_cache(cache.span(), 1, graphs);
    std::vector<std::int32_t> tokens = {1};
    for (const std::size_t length : kPages) {
      const SequenceSlice slice = {.tokens = std::span(tokens).last(1),
                                   .start = static_cast<int>(tokens.size()) - 1,
                                   .pages = std::span(pages).first(length),
                                   .sample = true,
                                   .sampling = {.temperature = 1},
                                   .logits = {}};
      SampledToken sampled;
      REQUIRE(forward->submit(std::span(&slice, 1)));
      REQUIRE(forward->collect(std::span(&sampled, 1)));
      tokens.push_back(sampled.id);
    }
    CHECK((forward->replayed_steps() > 3) == graphs);
    return tokens;
  };
  CHECK(drawn(true) == drawn(false));
}

TEST_CASE("a CUDA device that cannot capture its steps takes them one by one") {
  SKIP_WITHOUT_DEVICE();
  const SyntheticCheckpoint checkpoint({.config = cuda_config(Architecture::llama)});
  cuda::Stream stream = cuda::fixture::make_stream();
  const Result<cuda::DeviceModel> model = cuda::upload_model(checkpoint.checkpoint, {}, stream);
  REQUIRE(model);
  // Steps are captured in a stream of their own.
  struct OnlyIn : cuda::KernelProduct {
    explicit OnlyIn(cuda::Stream& stream) : usual(&stream) {}
    void multiply(cuda::DeviceSpan<cuda::bf16> out, const cuda::MatmulOperands& operands, int rows,
                  cuda::Stream& in) override {
      if (&in != usual) in.note(cudaErrorInvalidValue, "a product");
      KernelProduct::multiply(out, operands, rows, in);
    }
    using KernelProduct::multiply;
    cuda::Stream* usual;
  };
  const auto drawn = [&](cuda::MatrixProduct& product, std::int64_t replayed) {
    Result<cuda::Forward> forward = cuda::Forward::make(*model, product, 16, stream);
    REQUIRE(forward);
    auto cache = cuda::fixture::room_for<std::byte>(4 * forward->layout().page_bytes() *
                                                    model->layers.size());
    cuda::clear(cache.span(), stream);
    forward->set_cache(cache.span(), 3);
    std::vector<std::int32_t> tokens = {1, 2, 3};
    std::vector<std::int32_t> all;
    for (int step = 0; step < 6; ++step) {
      const std::int32_t pages[] = {0, 1, 2};
      std::vector<SequenceSlice> slices;
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        slices.push_back({.tokens = std::span(tokens).subspan(i, 1),
                          .start = step,
                          .pages = std::span(pages).subspan(i, 1),
                          .sample = true,
                          .sampling = {.temperature = 1},
                          .seed = i,
                          .logits = {}});
      }
      std::vector<SampledToken> sampled(tokens.size());
      REQUIRE(forward->submit(slices));
      REQUIRE(forward->collect(sampled));
      std::ranges::transform(sampled, tokens.begin(), &SampledToken::id);
      all.insert(all.end(), tokens.begin(), tokens.end());
    }
    CHECK(forward->replayed_steps() == replayed);
    return all;
  };
  cuda::KernelProduct captured;
  OnlyIn refused(stream);
  CHECK(drawn(captured, 4) == drawn(refused, 0));
}

TEST_CASE("a scheduler on the CUDA device writes the same tokens behind, swapping and alone") {
  SKIP_WITHOUT_DEVICE();
  struct Tokens : SequenceObserver {
    bool token(std::int64_t id, const SampledToken& token) override {
      written[id].push_back(token.id);
      return true;
    }
    void finished(std::int64_t, SequenceEnd) override {}
    std::map<std::int64_t, std::vector<std::int32_t>> written;
  };
  struct Row {
    int max_sequences;
    std::size_t pages;
    std::size_t host_pages;
    bool one_behind;
    bool graphs;
    Precision precision;  // of cache and weights
    bool stops = false;   // one of the sequences ends before the others
  };
  constexpr Row kRows[] = {{1, 12, 0, false, false, Precision::full},
                           {3, 12, 0, true, true, Precision::full},
                           {3, 5, 12, false, true, Precision::full},
                           {3, 5, 1, true, false, Precision::full},
                           {3, 5, 12, true, true, Precision::full},
                           {1, 12, 0, false, false, Precision::full, true},
                           {3, 12, 0, true, true, Precision::full, true},
                           {1, 12, 0, false, false, Precision::fp8},
                           {3, 5, 12, true, true, Precision::fp8},
                           {3, 5, 0, true, true, Precision::fp8}};
  ModelConfig config = cuda_config(Architecture::qwen3);
  config.intermediate_size = 192;
  const SyntheticCheckpoint model({.config = config});
  const std::size_t wide_page =
      static_cast<std::size_t>(model.checkpoint.footprint().kv_bytes_per_token_bf16) * 64;
  const std::vector<std::int32_t> prompt = random_ids(3, 59, model.checkpoint.config().vocab_size);
  struct Outcome {
    Tokens tokens;
    SchedulerCounters counters;
  };
  const auto outcome = [&](const Row& row, const std::vector<std::int32_t>& stops) {
    const std::size_t page_bytes = row.precision == Precision::full ? wide_page : wide_page / 2;
    const std::unique_ptr<Device> device =
        device_for(model.checkpoint, {.cache_bytes = row.pages * page_bytes,
                                      .swap_bytes = row.host_pages * page_bytes,
                                      .max_step_tokens = 160,
                                      .graphs = row.graphs,
                                      .kv_cache = row.precision,
                                      .weights = row.precision});
    REQUIRE(device->pages() == static_cast<int>(row.pages));
    Scheduler scheduler(*device, {.max_sequences = row.max_sequences,
                                  .max_context = 300,
                                  .reserve = 0,
                                  .one_behind = row.one_behind,
                                  .stop_tokens = stops});
    for (int id = 0; id < 3; ++id) {
      CHECK(scheduler.submit({.id = id,
                              .prompt = std::vector(prompt.begin(), prompt.end() - id),
                              .max_new_tokens = 12,  // over the end of a page
                              .sampling = {.temperature = 1},
                              .seed = static_cast<std::uint64_t>(id)}));
    }
    Outcome result;
    while (!scheduler.idle()) REQUIRE(scheduler.step(result.tokens));
    result.counters = scheduler.counters();
    return result;
  };
  Tokens alone;
  std::map<Precision, std::int64_t> swapped_out;
  std::int32_t stop = -1;  // what the first sequence once writes
  for (const Row& row : kRows) {
    CAPTURE(&row - kRows);
    const std::vector<std::int32_t> stops = row.stops ? std::vector{stop} : std::vector<int>();
    if (row.max_sequences == 1) {
      alone = outcome(row, stops).tokens;
      if (!row.stops) stop = alone.written.at(0).at(8);
      continue;
    }
    const auto check_row = [&] {
      const Outcome result = outcome(row, stops);
      swapped_out[row.precision] += result.counters.swapped_out;
      CHECK(result.tokens.written == alone.written);
    };
    row.one_behind&& row.host_pages > 1 ? cuda::fixture::in_every_order_of_streams(check_row)
                                        : check_row();
  }
  CHECK(swapped_out[Precision::full] > 0);
  CHECK(swapped_out[Precision::fp8] > 0);
  CHECK(alone.written.at(0) != alone.written.at(1));
}

TEST_CASE("the cache leaves some gigabytes of a large GPU free and less of a small one") {
  constexpr std::size_t kGib = std::size_t{1} << 30;
  struct Row {
    std::size_t memory, kept;
  };
  constexpr Row kRows[] = {
      {0, 0}, {20 * kGib, kGib}, {60 * kGib, 3 * kGib}, {139 * kGib, 3 * kGib}};
  for (const Row& row : kRows) {
    CAPTURE(row.memory);
    CHECK(cuda::kept_free(row.memory) == row.kept);
  }
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
