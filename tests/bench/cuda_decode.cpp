// How near the CUDA device comes to the roof when it decodes: steps of many sequences with long
// contexts, on models of real shapes with random weights made on the device.
//
//   cuda_decode [SHAPE...]        of qwen2-1.5b qwen2-7b llama-8b qwen3-8b; all if none is named
//
// The roof of a step is its keys, values and weights, read once at the speed of a plain copy in the
// same run; "kv" counts the keys and values alone, the limit of reference figures for long
// generations (tokens/s <= bandwidth / (KV bytes x context)); "without graphs" is the speed of the
// same steps launched one kernel after another, as a part of theirs. Ends with 1 if these write
// other tokens, or if steps of fewer sequences do. Needs a GPU with 140 GB.
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

namespace {

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::cuda;

struct Shape {
  std::string_view name;
  ModelConfig config;
};

ModelConfig shape(Architecture architecture, int vocabulary, int hidden, int layers, int heads,
                  int kv_heads, int intermediate) {
  ModelConfig config;
  config.architecture = architecture;
  config.vocab_size = vocabulary;
  config.hidden_size = hidden;
  config.layers = layers;
  config.heads = heads;
  config.kv_heads = kv_heads;
  config.head_dim = 128;
  config.intermediate_size = intermediate;
  config.max_context = 40'960;
  config.qkv_bias = architecture == Architecture::qwen2;
  config.qk_norm = architecture == Architecture::qwen3;
  return config;
}

const Shape kShapes[] = {
    {"qwen2-1.5b", shape(Architecture::qwen2, 151'936, 1536, 28, 12, 2, 8960)},
    {"qwen2-7b", shape(Architecture::qwen2, 152'064, 3584, 28, 28, 4, 18'944)},
    {"llama-8b", shape(Architecture::llama, 128'256, 4096, 32, 32, 8, 14'336)},
    {"qwen3-8b", shape(Architecture::qwen3, 151'936, 4096, 36, 32, 8, 12'288)},
};

struct Load {
  int sequences;
  int context;
};
constexpr Load kLoads[] = {{1, 1024}, {16, 4096}, {64, 1024}, {64, 8192}, {256, 1024}, {256, 8192}};

std::size_t size(int value) { return static_cast<std::size_t>(value); }

template <class T>
T taken(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
  }
  return std::move(*result);
}

void done(const Result<void>& result) {
  if (!result) taken(Result<int>(result.error()));
}

// A block of normal deviates over and over.
void fill(DeviceSpan<bf16> span, float spread, Stream& stream) {
  static const std::vector<float> deviates = [] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values((1 << 20) + 7);  // no divisor of a row
    for (float& value : values) value = normal(random);
    return values;
  }();
  std::vector<bf16> block;
  for (const float value : deviates) block.push_back(rounded_to_bf16(spread * value));
  const std::size_t first = std::min(block.size(), span.size());
  copy_to_device(span.first(first), std::span<const bf16>(block).first(first), stream);
  for (std::size_t filled = first; filled < span.size();) {
    const std::size_t count = std::min(filled, span.size() - filled);
    copy_on_device(span.subspan(filled, count), span.first(count), stream);
    filled += count;
  }
  done(stream.wait());
}

DeviceBuffer<bf16> random_matrix(int rows, int columns, Stream& stream) {
  auto buffer = taken(DeviceBuffer<bf16>::make(size(rows) * size(columns)));
  fill(buffer.span(), 1 / std::sqrt(static_cast<float>(columns)), stream);
  return buffer;
}

DeviceModel random_model(const ModelConfig& config, Stream& stream) {
  const auto vector = [&](int length) { return random_matrix(1, length, stream); };
  const int qkv = config.q_size() + 2 * config.kv_size();
  DeviceModel model;
  model.config = config;
  model.logit_stride = config.vocab_size;
  model.embed = random_matrix(config.vocab_size, config.hidden_size, stream);
  model.head = random_matrix(config.vocab_size, config.hidden_size, stream);
  model.final_norm = vector(config.hidden_size);
  for (int i = 0; i < config.layers; ++i) {
    DeviceLayer layer;
    layer.input_norm = vector(config.hidden_size);
    layer.post_norm = vector(config.hidden_size);
    layer.qkv.wide = random_matrix(qkv, config.hidden_size, stream);
    if (config.qkv_bias) layer.qkv_bias = vector(qkv);
    if (config.qk_norm) layer.q_norm = vector(config.head_dim);
    if (config.qk_norm) layer.k_norm = vector(config.head_dim);
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

// Steps as a run sees them: host and device together, the host a step ahead.
Decoded decode(Forward& forward, const Load& load, int pages) {
  const int per_sequence = load.context / kPagePositions + 1;
  std::vector<std::vector<std::int32_t>> tables(size(load.sequences));
  std::int32_t next = 0;
  for (auto& table : tables) {
    table.resize(size(per_sequence));
    for (std::int32_t& page : table) page = next++ % pages;  // where it does not fit, pages repeat
  }
  const std::int32_t token = 17;
  std::vector<SequenceSlice> slices(size(load.sequences));
  std::vector<SampledToken> sampled(slices.size());
  for (std::size_t i = 0; i < slices.size(); ++i) {
    slices[i] = {.tokens = std::span(&token, 1),
                 .start = load.context,
                 .pages = tables[i],
                 .sample = true,
                 .sampling = {.temperature = 0.6F, .top_p = 0.95F},
                 .seed = i,
                 .logits = {}};
  }
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

// Stops the program if sequences that ran in both wrote different tokens.
void check_same(const Decoded& some, const Decoded& more, const char* how) {
  for (std::size_t step = 0; step < some.tokens.size(); ++step) {
    const std::vector<std::int32_t>& tokens = some.tokens[step];
    if (std::equal(tokens.begin(), tokens.end(), more.tokens[step].begin())) continue;
    std::fprintf(stderr, "step %zu writes other tokens %s\n", step, how);
    std::exit(1);
  }
}

void measure(const Shape& shape, const CudaDeviceInfo& info, double bandwidth, Stream& stream) {
  const DeviceModel model = random_model(shape.config, stream);
  const std::unique_ptr<MatrixProduct> product = taken(best_product(info, model, stream));
  Forward forward = taken(Forward::make(model, *product, 512, stream));
  const std::size_t page_bytes = forward.layout().page_bytes() * model.layers.size();
  const std::size_t pages = (std::size_t{64} << 30) / page_bytes;
  auto cache = taken(DeviceBuffer<bf16>::make(pages * page_bytes / sizeof(bf16)));
  fill(cache.span(), 1, stream);
  const DeviceSpan<std::byte> bytes(reinterpret_cast<std::byte*>(cache.span().data()),
                                    pages * page_bytes);
  const auto spare = static_cast<std::int32_t>(pages) - 1;
  const double kv_bytes = 2.0 * 2 * shape.config.kv_size() * shape.config.layers;
  std::printf("%s: products by %s\n", std::string(shape.name).c_str(),
              product->arithmetic().c_str());
  for (const Load& load : kLoads) {
    if (size(load.sequences) * size(load.context / kPagePositions + 1) > 4 * pages) continue;
    forward.set_cache(bytes);
    const Decoded eager = decode(forward, load, spare);
    forward.set_cache(bytes, spare);
    const Decoded decoded = decode(forward, load, spare);
    const double seconds = decoded.seconds;
    // Pages that several sequences write to hold what the last one left there.
    if (size(load.sequences) * size(load.context / kPagePositions + 1) < pages) {
      check_same(eager, decoded, "without graphs");
      const Load fewer = {load.sequences - load.sequences / 4, load.context};
      check_same(decode(forward, fewer, spare), decoded, "among fewer sequences");
    }
    const double kv = kv_bytes * load.sequences * load.context;
    const double roof = (kv + weight_bytes(model)) / bandwidth;
    std::printf(
        "  %3d x %5d: %8.0f tokens/s, step %6.2f ms, %4.1f %% of the roof, kv %4.1f %%; %.2f "
        "without graphs\n",
        load.sequences, load.context, load.sequences / seconds, 1000 * seconds,
        100 * roof / seconds, 100 * kv / bandwidth / seconds, seconds / eager.seconds);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const CudaDeviceInfo info = taken(cuda_devices()).front();
  Stream stream = taken(Stream::make());
  const double bandwidth = copy_bandwidth(stream);
  std::printf("%s: a copy moves %.2f TB/s\n", info.name.c_str(), bandwidth / 1e12);
  for (const Shape& shape : kShapes) {
    const bool named =
        std::any_of(argv + 1, argv + argc, [&](const char* name) { return shape.name == name; });
    if (argc == 1 || named) measure(shape, info, bandwidth, stream);
  }
}
