#include "backends/engine/make_device.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "backends/engine/cpu/cpu_device.h"
#include "backends/engine/cuda/cuda_device.h"
#include "backends/engine/free_memory.h"

namespace proctor::engine {
namespace {

constexpr std::string_view kCuda = "cuda";

// The index in "cuda" (0) or "cuda:N"; nothing for other names.
std::optional<int> cuda_index(std::string_view device) {
  if (device == kCuda) return 0;
  if (!device.starts_with("cuda:")) return std::nullopt;
  const std::string_view digits = device.substr(kCuda.size() + 1);
  int index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && index >= 0;
  return whole ? std::optional<int>(index) : std::nullopt;
}

std::size_t bytes_of(double gib) { return static_cast<std::size_t>(gib * (1 << 30)); }

std::size_t swap_bytes(const EngineOptions& options) {
  return bytes_of(options.swap_gib.value_or(usual_swap_gib()));
}

// Should a driver's graphs ever be in doubt; the tokens are the same either way.
bool wants_graphs() {
  const char* said = std::getenv("PROCTOR_CUDA_GRAPHS");
  return said == nullptr || std::string_view(said) != "0";
}

Result<Precision> precision_named(std::string_view name, const char* of) {
  if (name == "full") return Precision::full;
  if (name == "fp8") return Precision::fp8;
  return Error(ErrorCode::invalid_input,
               std::string(of) + " \"" + std::string(name) + "\": there are full and fp8");
}

Result<std::unique_ptr<Device>> make_on_cuda(const Checkpoint& checkpoint,
                                             const EngineOptions& options, Precision kv_cache,
                                             Precision weights, int index) {
  return cuda::make_cuda_device(checkpoint, {.index = index,
                                             .cache_bytes = bytes_of(options.cache_gib),
                                             .swap_bytes = swap_bytes(options),
                                             .sequences = options.max_sequences,
                                             .graphs = wants_graphs(),
                                             .kv_cache = kv_cache,
                                             .weights = weights});
}

}  // namespace

Result<std::unique_ptr<Device>> make_device(const Checkpoint& checkpoint,
                                            const EngineOptions& options) {
  const Result<Precision> kv_cache = precision_named(options.kv_cache, "KV cache");
  if (!kv_cache) return kv_cache.error();
  const Result<Precision> weights = precision_named(options.weights, "weights");
  if (!weights) return weights.error();
  if (const std::optional<int> index = cuda_index(options.device)) {
    return make_on_cuda(checkpoint, options, *kv_cache, *weights, *index);
  }
  if (options.device == "auto") {
    const Result<std::vector<cuda::CudaDeviceInfo>> gpus = cuda::cuda_devices();
    if (gpus) {
      return make_on_cuda(checkpoint, options, *kv_cache, *weights, gpus->front().index);
    }
  } else if (options.device != "cpu") {
    return Error(ErrorCode::invalid_input,
                 "device \"" + options.device + "\": there are auto, cpu, cuda and cuda:N");
  }
  return cpu::make_cpu_device(checkpoint, {.threads = options.threads,
                                           .cache_bytes = bytes_of(options.cache_gib),
                                           .swap_bytes = swap_bytes(options),
                                           .sequences = options.max_sequences,
                                           .kv_cache = *kv_cache,
                                           .weights = *weights});
}

double usual_swap_gib() {
  constexpr double kMost = 16;  // a few dozen long sequences of a 7B model
  return std::min(static_cast<double>(free_memory()) / 4 / (1 << 30), kMost);
}

}  // namespace proctor::engine
