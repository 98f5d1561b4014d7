#include "backends/engine/replicas.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "backends/engine/cuda/cuda_device.h"
#include "backends/engine/make_device.h"

namespace proctor::engine {
namespace {

constexpr int kMostCpuReplicas = 64;

std::optional<int> whole_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size() && number >= 0;
  return whole ? std::optional<int>(number) : std::nullopt;
}

Error refused(const EngineOptions& options, const std::string& why) {
  return {ErrorCode::invalid_input, "device \"" + options.device + "\": " + why};
}

Result<std::vector<int>> listed_gpus(const EngineOptions& options, std::string_view list) {
  std::vector<int> gpus;
  for (bool more = true; more;) {
    const std::size_t comma = list.find(',');
    more = comma != list.npos;
    const std::optional<int> gpu = whole_number(list.substr(0, comma));
    if (!gpu) return refused(options, "after cuda: there are numbers, with commas between them");
    if (std::ranges::find(gpus, *gpu) != gpus.end()) {
      return refused(options, "GPU " + std::to_string(*gpu) + " is named twice");
    }
    gpus.push_back(*gpu);
    if (more) list.remove_prefix(comma + 1);
  }
  return gpus;
}

// Replies must not depend on which of them wrote.
std::vector<int> gpus_like_the_first() {
  std::vector<int> alike;
  const Result<std::vector<cuda::CudaDeviceInfo>> all = cuda::cuda_devices();
  if (!all) return alike;
  for (const cuda::CudaDeviceInfo& gpu : *all) {
    if (gpu.name == all->front().name) alike.push_back(gpu.index);
  }
  return alike;
}

std::vector<EngineOptions> on_gpus(const EngineOptions& options, const std::vector<int>& gpus) {
  std::vector<EngineOptions> replicas(gpus.size(), options);
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    replicas[i].device = "cuda:" + std::to_string(gpus[i]);
  }
  return replicas;
}

std::vector<EngineOptions> on_cpu(const EngineOptions& options, int count) {
  std::vector<EngineOptions> replicas(static_cast<std::size_t>(count), options);
  const int threads =
      options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
  for (EngineOptions& replica : replicas) {
    replica.device = "cpu";
    replica.threads = std::max(1, threads / count);
  }
  return replicas;
}

Result<std::vector<EngineOptions>> named_by(const EngineOptions& options) {
  const std::string_view device = options.device;
  constexpr std::string_view kCuda = "cuda:";
  constexpr std::string_view kCpu = "cpu:";
  if (device == "auto" || device == "cuda") {
    const std::vector<int> gpus = gpus_like_the_first();
    if (gpus.size() > 1) return on_gpus(options, gpus);
  } else if (device.starts_with(kCuda)) {
    const Result<std::vector<int>> gpus = listed_gpus(options, device.substr(kCuda.size()));
    if (!gpus) return gpus.error();
    return on_gpus(options, *gpus);
  } else if (device.starts_with(kCpu)) {
    const std::optional<int> count = whole_number(device.substr(kCpu.size()));
    if (!count || *count < 1 || *count > kMostCpuReplicas) {
      return refused(options,
                     "after cpu: there is a number from 1 to " + std::to_string(kMostCpuReplicas));
    }
    return on_cpu(options, *count);
  }
  return std::vector<EngineOptions>{options};
}

}  // namespace

Result<std::vector<EngineOptions>> replica_options(const EngineOptions& options) {
  Result<std::vector<EngineOptions>> replicas = named_by(options);
  if (!replicas || replicas->size() == 1) return replicas;
  const double swap_gib = options.swap_gib.value_or(usual_swap_gib());
  for (EngineOptions& replica : *replicas) {
    replica.swap_gib = swap_gib / static_cast<double>(replicas->size());
  }
  return replicas;
}

}  // namespace proctor::engine
