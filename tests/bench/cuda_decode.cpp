// How near the CUDA device comes to the roof when it decodes: steps of many sequences with long
// contexts, on models of real shapes with random weights made on the device.
//
//   cuda_decode [SHAPE...]        of qwen2-1.5b qwen2-7b llama-8b qwen3-8b; all if none is named
//
// Sequences of equal lengths, then as many as memory holds with contexts of about 8,192 on average
// from a lognormal distribution. The roof of a step is its keys, values and weights, read once at
// the speed of a plain copy in the same run; "kv" counts the keys and values alone, the limit of
// reference figures for long generations (tokens/s <= bandwidth / (KV bytes x context)); "without
// graphs" is the speed of the same steps launched one kernel after another, as a part of theirs.
// Ends with 1 if these write other tokens, or if steps of fewer sequences do. Needs a GPU of which
// nobody else uses the memory.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/engine/cuda/best_product.h"
#include "backends/engine/cuda/cuda_device.h"
#include "backends/engine/cuda/device_model.h"
#include "backends/engine/cuda/forward.h"
#include "tests/backends/engine/support/real_shapes.h"
#include "tests/bench/cuda_bench.h"
#include "tests/bench/decode_parts.h"

namespace {

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::bench;

struct Load {
  int sequences;
  int context;
};
constexpr Load kLoads[] = {{1, 1024}, {16, 4096}, {64, 1024}, {64, 8192}, {256, 1024}, {256, 8192}};
constexpr double kFullContext = 8192;  // on average, with memory full
constexpr int kMostRows = 1024;
// What is left free for the benchmark's own buffers.
constexpr std::size_t kReserve = std::size_t{3} << 30;

std::size_t size(int value) { return static_cast<std::size_t>(value); }

DeviceBuffer<bf16> random_matrix(int rows, int columns, Stream& stream, float spread = 1) {
  auto buffer = taken(DeviceBuffer<bf16>::make(size(rows) * size(columns)));
  fill(buffer.span(), spread / std::sqrt(static_cast<float>(columns)), stream);
  return buffer;
}

DeviceBuffer<bf16> norm_weights(int length, Stream& stream) {
  auto buffer = taken(DeviceBuffer<bf16>::make(size(length)));
  fill(buffer.span(), 0.1F, stream, 1);
  return buffer;
}

// Logits have a deviation of 3.5, as those of trained models about have: the sampler's time depends
// on how many tokens are likely.
DeviceModel random_model(const ModelConfig& config, Stream& stream) {
  const int qkv = config.q_size() + 2 * config.kv_size();
  DeviceModel model;
  model.config = config;
  model.logit_stride = config.vocab_size;
  model.embed = random_matrix(config.vocab_size, config.hidden_size, stream);
  model.head = random_matrix(config.vocab_size, config.hidden_size, stream, 3.5F);
  model.final_norm = norm_weights(config.hidden_size, stream);
  for (int i = 0; i < config.layers; ++i) {
    DeviceLayer layer;
    layer.input_norm = norm_weights(config.hidden_size, stream);
    layer.post_norm = norm_weights(config.hidden_size, stream);
    layer.qkv.wide = random_matrix(qkv, config.hidden_size, stream);
    if (config.qkv_bias) layer.qkv_bias = random_matrix(1, qkv, stream);
    if (config.qk_norm) layer.q_norm = norm_weights(config.head_dim, stream);
    if (config.qk_norm) layer.k_norm = norm_weights(config.head_dim, stream);
    layer.o.wide = random_matrix(config.hidden_size, config.q_size(), stream);
    layer.gate_up.wide = random_matrix(2 * config.intermediate_size, config.hidden_size, stream);
    layer.down.wide = random_matrix(config.hidden_size, config.intermediate_size, stream);
    model.layers.push_back(std::move(layer));
  }
  return model;
}

// Bytes of weights that a step reads: all but the embedding.
double weight_bytes(const DeviceModel& model) {
  double elements = static_cast<double>(model.lm_head().size());
  for (const DeviceLayer& layer : model.layers) {
    elements += static_cast<double>(layer.qkv.wide.size() + layer.o.wide.size() +
                                    layer.gate_up.wide.size() + layer.down.wide.size());
  }
  return elements * sizeof(bf16);
}

// Bytes a second that a copy within the device reads and writes.
double copy_bandwidth(Stream& stream) {
  const std::size_t bytes = std::size_t{4} << 30;
  const auto from = taken(DeviceBuffer<std::byte>::make(bytes));
  auto to = taken(DeviceBuffer<std::byte>::make(bytes));
  Event begin = taken(Event::make());
  Event end = taken(Event::make());
  double best = 0;
  for (int i = 0; i < 8; ++i) {
    begin.record(stream);
    copy_on_device(to.span(), from.span(), stream);
    end.record(stream);
    done(stream.wait());
    const double seconds = taken(end.milliseconds_since(begin)) / 1000.0;
    best = std::max(best, 2 * static_cast<double>(bytes) / seconds);
  }
  return best;
}

struct Decoded {
  double seconds = 0;                             // of a step, the median
  std::vector<std::vector<std::int32_t>> tokens;  // of each step, one of each sequence
};

int pages_of(int context) { return context / kPagePositions + 1; }

// Sequences that decode, each on pages of its own.
struct Batch {
  std::vector<int> contexts;
  std::vector<std::int32_t> pages;
  std::vector<SequenceSlice> slices;

  explicit Batch(std::vector<int> contexts_) : contexts(std::move(contexts_)) {
    static const std::int32_t token = 17;
    std::size_t held = 0;
    for (const int context : contexts) held += size(pages_of(context));
    pages.resize(held);
    std::iota(pages.begin(), pages.end(), 0);
    std::ranges::shuffle(pages, std::mt19937(2));
    const std::int32_t* next = pages.data();
    for (const int context : contexts) {
      slices.push_back({.tokens = std::span(&token, 1),
                        .start = context,
                        .pages = std::span(next, size(pages_of(context))),
                        .sample = true,
                        .sampling = {.temperature = 0.6F, .top_p = 0.95F},
                        .seed = slices.size(),
                        .logits = {}});
      next += pages_of(context);
    }
  }
};

// Steps as a run sees them: host and device together, the host a step ahead.
Decoded decode(Forward& forward, std::vector<SequenceSlice> slices) {
  std::vector<SampledToken> sampled(slices.size());
  done(forward.submit(slices));
  for (std::size_t i = 0; i < slices.size(); ++i) slices[i].drawn_by = static_cast<int>(i);
  Decoded decoded;
  const auto collect = [&] {
    done(forward.collect(sampled));
    decoded.tokens.emplace_back();
    for (const SampledToken& each : sampled) decoded.tokens.back().push_back(each.id);
  };
  std::vector<double> times;
  for (int i = 0; i < 12; ++i) {
    const auto start = std::chrono::steady_clock::now();
    done(forward.submit(slices));
    collect();
    const std::chrono::duration<double> taken_time = std::chrono::steady_clock::now() - start;
    if (i >= 3) times.push_back(taken_time.count());
  }
  collect();
  std::ranges::sort(times);
  decoded.seconds = times[times.size() / 2];
  return decoded;
}

// Whether sequences that ran in both wrote the same tokens; says so if not.
bool same_tokens(const Decoded& some, const Decoded& more, const char* how) {
  for (std::size_t step = 0; step < some.tokens.size(); ++step) {
    const std::vector<std::int32_t>& tokens = some.tokens[step];
    if (std::equal(tokens.begin(), tokens.end(), more.tokens[step].begin())) continue;
    std::printf("* FAILED: step %zu writes other tokens %s\n", step, how);
    return false;
  }
  return true;
}

class Measurement {
 public:
  Measurement(const support::RealShape& shape, const CudaDeviceInfo& info, double bandwidth,
              Stream& stream)
      : name_(shape.name),
        config_(shape.config),
        bandwidth_(bandwidth),
        stream_(stream),
        model_(random_model(shape.config, stream)),
        product_(taken(best_product(info, model_, stream))),
        forward_(taken(Forward::make(model_, *product_, kMostRows, stream))) {
    const std::size_t page_bytes = forward_.layout().page_bytes() * model_.layers.size();
    std::size_t free = 0;
    std::size_t all = 0;
    done(to_result(cudaMemGetInfo(&free, &all), "cudaMemGetInfo"));
    pages_ = static_cast<int>((free - std::min(free, kReserve)) / page_bytes) - 1;  // and the spare
    const std::size_t bytes = (size(pages_) + 1) * page_bytes;
    cache_ = taken(DeviceBuffer<bf16>::make(bytes / sizeof(bf16)));
    fill(cache_.span(), 1, stream_);
    std::printf("%s: products by %s %s\n", name_.c_str(), product_->arithmetic().c_str(),
                product_->remark().c_str());
  }

  void measure(const Load& load) {
    if (load.sequences * pages_of(load.context) > pages_) return;
    const Batch batch(std::vector<int>(size(load.sequences), load.context));
    char label[64];
    std::snprintf(label, sizeof label, "%3d x %5d", load.sequences, load.context);
    print(label, batch, run(batch));
  }

  void measure_full() {
    Contexts random(kFullContext);
    std::vector<int> contexts;
    for (int held = 0; contexts.size() < kMostRows;) {
      const int context = random.draw();
      held += pages_of(context);
      if (held > pages_) break;
      contexts.push_back(context);
    }
    const Batch batch(std::move(contexts));
    const double mean = positions(batch) / static_cast<double>(batch.contexts.size());
    char label[64];
    std::snprintf(label, sizeof label, "full, %zu sequences, mean context %.0f",
                  batch.contexts.size(), mean);
    const double seconds = run(batch);
    const double kv = print(label, batch, seconds);
    print_parts(batch, seconds);
    std::printf("  contexts:");
    for (const int context : batch.contexts) std::printf(" %d", context);
    std::printf(
        "\n* %s, memory full, %zu sequences of %.0f: %.0f %% of bandwidth / (KV x context), "
        "target 80 %%\n",
        name_.c_str(), batch.contexts.size(), mean, kv);
  }

  // Whether all steps of the same sequences wrote the same tokens.
  bool same() const { return same_; }

 private:
  static double positions(const Batch& batch) {
    return std::accumulate(batch.contexts.begin(), batch.contexts.end(), 0.0);
  }
  double kv_seconds(const Batch& batch) const {
    return 2.0 * 2 * config_.kv_size() * config_.layers * positions(batch) / bandwidth_;
  }

  // Seconds of a step.
  double run(const Batch& batch) {
    forward_.set_cache(bytes_of(cache_.span()), pages_, false);
    const Decoded eager = decode(forward_, batch.slices);
    forward_.set_cache(bytes_of(cache_.span()), pages_);
    const Decoded decoded = decode(forward_, batch.slices);
    same_ = same_tokens(eager, decoded, "without graphs") && same_;
    const std::size_t fewer = batch.slices.size() - batch.slices.size() / 4;
    const std::vector<SequenceSlice> some(
        batch.slices.begin(), batch.slices.begin() + static_cast<std::ptrdiff_t>(fewer));
    same_ = same_tokens(decode(forward_, some), decoded, "among fewer sequences") && same_;
    eager_seconds_ = eager.seconds;
    return decoded.seconds;
  }

  // Returns the part of the keys' and values' limit, in per cent.
  double print(const char* label, const Batch& batch, double seconds) const {
    const double kv = 100 * kv_seconds(batch) / seconds;
    const double roof = 100 * (kv_seconds(batch) + weight_bytes(model_) / bandwidth_) / seconds;
    std::printf(
        "  %s: %8.0f tokens/s, step %6.2f ms, %4.1f %% of the roof, kv %4.1f %%; %.2f without "
        "graphs\n",
        label, static_cast<double>(batch.slices.size()) / seconds, 1000 * seconds, roof, kv,
        seconds / eager_seconds_);
    return kv;
  }

  void print_parts(const Batch& batch, double seconds) {
    const StepParts parts =
        time_parts(model_, *product_, bytes_of(cache_.span()), batch.slices, stream_);
    const double rest = seconds - parts.attention - parts.products - parts.sampling - parts.others;
    const auto share = [&](double part) { return 100 * part / seconds; };
    std::printf(
        "  of that step: attention %.1f %% (%.0f %% of a copy's speed), products %.1f %%, sampling "
        "%.1f %%, other kernels %.1f %%, gaps %.1f %%\n",
        share(parts.attention), 100 * kv_seconds(batch) / parts.attention, share(parts.products),
        share(parts.sampling), share(parts.others), share(rest));
  }

  std::string name_;
  const ModelConfig& config_;
  double bandwidth_;  // bytes a second
  Stream& stream_;
  DeviceModel model_;
  std::unique_ptr<MatrixProduct> product_;
  Forward forward_;
  DeviceBuffer<bf16> cache_;
  int pages_ = 0;  // but for the spare one, which is the last
  double eager_seconds_ = 0;
  bool same_ = true;
};

}  // namespace

int main(int argc, char** argv) {
  // Who is stopped half-way has said what it knows.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const CudaDeviceInfo info = taken(cuda_devices()).front();
  Stream stream = taken(Stream::make());
  const double bandwidth = copy_bandwidth(stream);
  std::printf("%s: a copy moves %.2f TB/s\n", info.name.c_str(), bandwidth / 1e12);
  bool same = true;
  for (const support::RealShape& shape : support::kRealShapes) {
    const bool named =
        std::any_of(argv + 1, argv + argc, [&](const char* name) { return shape.name == name; });
    if (argc != 1 && !named) continue;
    Measurement measurement(shape, info, bandwidth, stream);
    for (const Load& load : kLoads) measurement.measure(load);
    measurement.measure_full();
    same = measurement.same() && same;
  }
  return same ? 0 : 1;
}
