// How near the CUDA kernels come to the device's memory: bytes that must be read or written over
// the time they take, as a part of what a plain copy moves in the same run.
//
//   cuda_kernels
//
// Attention decodes over caches that are far larger than the device's own, in bf16 and in E4M3:
// with the heads of R1-Distill-Qwen-7B where no others are named, with sequences of equal lengths
// or with lengths from a lognormal distribution ("mixed"). Products are the kernel's, not
// cuBLASLt's; sampling draws from 151,936 logits. Needs a GPU with 40 GB.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/kernels/attention.h"
#include "backends/engine/cuda/kernels/matmul.h"
#include "backends/engine/cuda/kernels/round_rows.h"
#include "backends/engine/cuda/kernels/sample.h"
#include "backends/engine/cuda/stream.h"
#include "tests/bench/cuda_bench.h"

namespace {

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::bench;

constexpr int kHeadDim = 128;
// Of a cache in E4M3: its random numbers, of deviation 1, over the middle of the format's binades.
constexpr float kScale = 0x1p-4F;

// The median of several runs, after two that warm up.
template <class Work>
float milliseconds_of(Stream& stream, Work work) {
  Event begin = taken(Event::make());
  Event end = taken(Event::make());
  std::vector<float> times;
  for (int i = 0; i < 13; ++i) {
    begin.record(stream);
    work();
    end.record(stream);
    if (Result<void> done = stream.wait(); !done) taken(Result<int>(done.error()));
    if (i >= 2) times.push_back(taken(end.milliseconds_since(begin)));
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

// Bytes read and written, a second.
double copy_rate(Stream& stream) {
  constexpr std::size_t kBytes = std::size_t{4} << 30;
  DeviceBuffer<char> from = taken(DeviceBuffer<char>::make(kBytes));
  DeviceBuffer<char> to = taken(DeviceBuffer<char>::make(kBytes));
  clear(from.span(), stream);
  const float ms = milliseconds_of(stream, [&] { copy_on_device(to.span(), from.span(), stream); });
  return 2.0 * kBytes / (static_cast<double>(ms) * 1e-3);
}

// Random, of deviation 1: zeros would be read faster than a model's numbers.
std::vector<bf16> random_values(std::size_t size) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<bf16> values(size);
  for (bf16& value : values) value = rounded_to_bf16(normal(random));
  return values;
}

// The part over and over.
template <class T>
void fill_bytes(DeviceSpan<std::byte> to, DeviceBuffer<T> part, Stream& stream) {
  const DeviceSpan<std::byte> from = bytes_of(part.span());
  for (std::size_t at = 0; at < to.size(); at += from.size()) {
    const std::size_t size = std::min(from.size(), to.size() - at);
    copy_on_device(to.subspan(at, size), from.first(size), stream);
  }
}

void fill_cache(DeviceSpan<std::byte> cache, Precision precision, Stream& stream) {
  const std::vector<bf16> values = random_values(std::size_t{8} << 20);
  if (precision == Precision::full) return fill_bytes(cache, upload(values, stream), stream);
  std::vector<std::uint8_t> rounded(values.size());
  std::ranges::transform(values, rounded.begin(),
                         [](bf16 value) { return rounded_to_e4m3(widen(value) / kScale); });
  fill_bytes(cache, upload(rounded, stream), stream);
}

struct Heads {
  int heads = 28;
  int kv_heads = 4;
};

// Returns the part of the copy's speed, in per cent.
double measure_attention(const char* label, const Heads& heads, Precision precision,
                         const std::vector<int>& contexts, double copy, Stream& stream) {
  const KvLayout layout = {
      .kv_heads = heads.kv_heads, .head_dim = kHeadDim, .precision = precision};
  std::vector<AttentionSlice> slices;
  std::int32_t held = 0;
  for (const int context : contexts) {
    slices.push_back({static_cast<std::int32_t>(slices.size()), 1, context - 1, held});
    held += (context + kPagePositions - 1) / kPagePositions;
  }
  std::vector<std::int32_t> pages(static_cast<std::size_t>(held));
  std::iota(pages.begin(), pages.end(), 0);
  std::ranges::shuffle(pages, std::mt19937(2));
  const int blocks = taken(attention_blocks(layout));
  const AttentionPlan plan =
      make_attention_plan(slices, {.group = heads.heads / heads.kv_heads,
                                   .max_partials = 1 << 24,
                                   .at_a_time = std::max(1, blocks / heads.kv_heads)});

  const auto width = static_cast<std::size_t>(heads.heads * kHeadDim);
  const std::size_t rows = contexts.size();
  auto cache = taken(DeviceBuffer<std::byte>::make(pages.size() * layout.page_bytes()));
  fill_cache(cache.span(), precision, stream);
  const std::size_t channels = static_cast<std::size_t>(heads.kv_heads * kHeadDim);
  const auto scales =
      upload(std::vector<float>(precision == Precision::full ? 0 : channels, kScale), stream);
  const auto queries = upload(random_values(rows * width), stream);
  auto out = taken(DeviceBuffer<bf16>::make(rows * width));
  const auto device_slices = upload(slices, stream);
  const auto device_pages = upload(pages, stream);
  const auto items = upload(plan.items, stream);
  const auto merges = upload(plan.merges, stream);
  const auto partials = static_cast<std::size_t>(plan.partials * heads.kv_heads);
  auto sums = taken(DeviceBuffer<float>::make(partials * static_cast<std::size_t>(kHeadDim)));
  auto softmax = taken(DeviceBuffer<float>::make(partials * 2));
  auto tickets = upload(std::vector<unsigned>{0, 0}, stream);
  const float ms = milliseconds_of(stream, [&] {
    attention(out.span(), queries.span(), static_cast<int>(width), cache.span(),
              {scales.span(), scales.span()}, heads.heads, layout,
              {device_slices.span(), device_pages.span(), items.span(), merges.span()},
              {sums.span(), softmax.span(), tickets.span()}, blocks, stream);
  });
  const double positions = std::accumulate(contexts.begin(), contexts.end(), 0.0);
  const double bytes = positions * static_cast<double>(layout.page_bytes()) / kPagePositions;
  const double rate = bytes / (static_cast<double>(ms) * 1e-3);
  std::printf("attention, %s, %s: %8.3f ms, %5.2f TB/s of keys and values, %3.0f %%\n",
              precision == Precision::full ? "bf16" : "e4m3", label, static_cast<double>(ms),
              rate * 1e-12, 100 * rate / copy);
  return 100 * rate / copy;
}

double measure_equal(const Heads& heads, Precision precision, int sequences, int context,
                     double copy, Stream& stream) {
  char label[64];
  const bool usual = heads.heads == Heads{}.heads;
  std::snprintf(label, sizeof label, "%4d sequences of %6d", sequences, context);
  if (!usual) {
    std::snprintf(label, sizeof label, "heads %2d:%d, %d x %d", heads.heads, heads.kv_heads,
                  sequences, context);
  }
  return measure_attention(label, heads, precision,
                           std::vector<int>(static_cast<std::size_t>(sequences), context), copy,
                           stream);
}

double measure_mixed(const Heads& heads, int sequences, double copy, Stream& stream) {
  Contexts random(8192);
  std::vector<int> contexts;
  for (int i = 0; i < sequences; ++i) contexts.push_back(random.draw());
  char label[64];
  std::snprintf(label, sizeof label, "heads %2d:%d, %d mixed", heads.heads, heads.kv_heads,
                sequences);
  return measure_attention(label, heads, Precision::full, contexts, copy, stream);
}

// The kernel's product with the largest matrix of a 70B model, by what it must read of the weights.
void measure_product(Precision precision, int rows, double copy, Stream& stream) {
  constexpr std::size_t kColumns = 28'672;
  constexpr std::size_t kDepth = 8192;
  const auto x = upload(random_values(static_cast<std::size_t>(rows) * kDepth), stream);
  auto out = taken(DeviceBuffer<bf16>::make(static_cast<std::size_t>(rows) * kColumns));
  auto wide = taken(DeviceBuffer<bf16>::make(kColumns * kDepth));
  fill_bytes(bytes_of(wide.span()), upload(random_values(std::size_t{8} << 20), stream), stream);
  auto narrow = taken(DeviceBuffer<std::uint8_t>::make(wide.size()));
  auto scales = taken(DeviceBuffer<float>::make(kColumns));
  round_rows(narrow.span(), scales.span(), wide.span(), kDepth, stream);
  const bool full = precision == Precision::full;
  const WeightSpans weight =
      full ? WeightSpans(wide.span()) : WeightSpans(narrow.span(), scales.span());
  const float ms = milliseconds_of(stream, [&] {
    matmul(out.span(), {.x = x.span(), .weight = weight, .bias = {}, .depth = kDepth}, stream);
  });
  const double bytes = static_cast<double>(kColumns * kDepth) * (full ? 2 : 1);
  const double rate = bytes / (static_cast<double>(ms) * 1e-3);
  std::printf("product, %s, %4d rows: %8.3f ms, %5.2f TB/s of weights, %3.0f %%\n",
              full ? "bf16" : "e4m3", rows, static_cast<double>(ms), rate * 1e-12,
              100 * rate / copy);
}

void measure_sampling(int rows, float top_p, int top_k, double copy, Stream& stream) {
  constexpr int kVocabulary = 151'936;
  const auto size = static_cast<std::size_t>(rows) * kVocabulary;
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 3.5F);
  std::vector<float> logits(size);
  for (float& logit : logits) logit = normal(random);
  const auto device_logits = upload(logits, stream);
  std::vector<SampleRequest> requests(static_cast<std::size_t>(rows));
  for (SampleRequest& request : requests) {
    request = {.temperature = 0.6F, .top_p = top_p, .top_k = top_k, .seed = random()};
  }
  const auto device_requests = upload(requests, stream);
  auto results = taken(DeviceBuffer<SampleResult>::make(requests.size()));
  const float ms = milliseconds_of(stream, [&] {
    sample(results.span(), device_logits.span(), kVocabulary, kVocabulary, device_requests.span(),
           {}, stream);
  });
  const double rate = static_cast<double>(size) * sizeof(float) / (static_cast<double>(ms) * 1e-3);
  std::printf("sampling, %3d rows, top-p %4.2f, top-k %2d: %8.3f ms, %3.0f %%\n", rows,
              static_cast<double>(top_p), top_k, static_cast<double>(ms), 100 * rate / copy);
}

}  // namespace

int main() {
  // Who is stopped half-way has said what it knows.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  Stream stream = taken(Stream::make());
  const double copy = copy_rate(stream);
  std::printf("a copy moves %.2f TB/s; parts of that:\n", copy * 1e-12);
  struct Row {
    int sequences, context;
  };
  constexpr Row kRows[] = {{1, 8192},  {8, 8192},    {64, 1024},  {64, 4096},
                           {64, 8200}, {64, 33'000}, {256, 1024}, {256, 8200}};
  double worst = 100;  // of 64 or more sequences of 4,096 or more, in bf16
  for (const Precision precision : {Precision::full, Precision::fp8}) {
    for (const Row& row : kRows) {
      const double part = measure_equal({}, precision, row.sequences, row.context, copy, stream);
      const bool counts =
          precision == Precision::full && row.sequences >= 64 && row.context >= 4096;
      if (counts) worst = std::min(worst, part);
    }
  }
  for (int group = 1; group <= 8; ++group) {
    worst = std::min(worst, measure_equal({2 * group, 2}, Precision::full, 64, 4096, copy, stream));
  }
  worst = std::min(worst, measure_mixed({12, 2}, 600, copy, stream));
  worst = std::min(worst, measure_mixed({28, 4}, 278, copy, stream));
  std::printf(
      "* attention, bf16, 64 sequences of 4096 and more: at least %.0f %% of a copy, "
      "target 85 %%\n",
      worst);
  for (const Precision precision : {Precision::full, Precision::fp8}) {
    for (const int rows : {1, 16, 64, 256}) measure_product(precision, rows, copy, stream);
  }
  measure_sampling(64, 0.95F, 0, copy, stream);
  measure_sampling(256, 0.95F, 0, copy, stream);
  measure_sampling(256, 0.95F, 20, copy, stream);
  measure_sampling(256, 1.0F, 0, copy, stream);
  return 0;
}
