#include "backends/engine/make_device.h"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

#include "backends/engine/cpu/cpu_device.h"
#include "backends/engine/cuda/cuda_device.h"

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

std::size_t cache_bytes(const EngineOptions& options) {
  return static_cast<std::size_t>(options.cache_gib * (1 << 30));
}

Result<std::unique_ptr<Device>> make_on_cuda(const Checkpoint& checkpoint,
                                             const EngineOptions& options, int index) {
  return cuda::make_cuda_device(
      checkpoint,
      {.index = index, .cache_bytes = cache_bytes(options), .sequences = options.max_sequences});
}

}  // namespace

Result<std::unique_ptr<Device>> make_device(const Checkpoint& checkpoint,
                                            const EngineOptions& options) {
  if (const std::optional<int> index = cuda_index(options.device)) {
    return make_on_cuda(checkpoint, options, *index);
  }
  if (options.device == "auto") {
    const Result<std::vector<cuda::CudaDeviceInfo>> gpus = cuda::cuda_devices();
    if (gpus) return make_on_cuda(checkpoint, options, gpus->front().index);
  } else if (options.device != "cpu") {
    return Error(ErrorCode::invalid_input,
                 "device \"" + options.device + "\": there are auto, cpu, cuda and cuda:N");
  }
  return cpu::make_cpu_device(checkpoint, {.threads = options.threads,
                                           .cache_bytes = cache_bytes(options),
                                           .sequences = options.max_sequences});
}

}  // namespace proctor::engine
