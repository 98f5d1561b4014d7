#include "backends/engine/cuda/best_product.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "backends/engine/cuda/lt_product.h"

namespace proctor::engine::cuda {
namespace {

std::filesystem::path cache_file(const CudaDeviceInfo& info) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder;
  if (cache != nullptr && *cache != '\0') {
    folder = cache;
  } else if (home != nullptr && *home != '\0') {
    folder = std::filesystem::path(home) / ".cache";
  } else {
    return {};
  }
  std::string name = info.name;
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain) c = '-';
  }
  return folder / "proctor" / ("products-" + name + ".json");
}

// The shapes of all layers are those of the first.
Result<void> prepare_all(LtProduct& product, const DeviceModel& model, Stream& stream) {
  const ModelConfig& config = model.config;
  const DeviceLayer& layer = model.layers.front();
  struct Shape {
    WeightSpans weight;
    DeviceSpan<const bf16> bias;
    int depth;
    bool wide;
  };
  const Shape shapes[] = {{layer.qkv.spans(), layer.qkv_bias.span(), config.hidden_size, false},
                          {layer.o.spans(), {}, config.q_size(), false},
                          {layer.gate_up.spans(), {}, config.hidden_size, false},
                          {layer.down.spans(), {}, config.intermediate_size, false},
                          {model.lm_head(), {}, config.hidden_size, true}};
  for (const Shape& shape : shapes) {
    if (shape.weight.in_e4m3()) continue;  // multiplied by the kernel of ours
    const Result<void> prepared =
        product.prepare({{}, shape.weight, shape.bias, shape.depth}, shape.wide, stream);
    if (!prepared) return prepared;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<MatrixProduct>> best_product(const CudaDeviceInfo& info,
                                                    const DeviceModel& model, Stream& stream) {
  const std::string gpu =
      info.name + " " + std::to_string(info.major) + "." + std::to_string(info.minor);
  Result<std::unique_ptr<LtProduct>> product = LtProduct::make(gpu, cache_file(info));
  const Result<void> prepared =
      product ? prepare_all(**product, model, stream) : Result<void>(product.error());
  if (prepared) {
    // What cannot be kept is chosen again next time, in some seconds.
    static_cast<void>((*product)->save());
    return std::unique_ptr<MatrixProduct>(std::move(*product));
  }
  if (stream.failed()) return stream.wait().error();
  return std::unique_ptr<MatrixProduct>(
      std::make_unique<KernelProduct>("without cuBLASLt, " + prepared.error().message()));
}

}  // namespace proctor::engine::cuda
