#include "backends/engine/cuda/cuda_device.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "backends/engine/cuda/best_product.h"
#include "backends/engine/cuda/device_model.h"
#include "backends/engine/cuda/forward.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kOldestMajor = 8;  // bf16 tensor cores and cp.async

std::string capability(const CudaDeviceInfo& info) {
  return std::to_string(info.major) + "." + std::to_string(info.minor);
}

class CudaDevice : public Device {
 public:
  CudaDevice(CudaDeviceInfo info, Stream stream, DeviceModel model,
             std::unique_ptr<MatrixProduct> product, int max_step_tokens)
      : info_(std::move(info)),
        stream_(std::move(stream)),
        model_(std::move(model)),
        product_(std::move(product)),
        max_step_tokens_(max_step_tokens) {}

  // What remains once the object has its place in memory. Errors: unavailable.
  Result<void> prepare(const CudaOptions& options) {
    Result<Forward> forward = Forward::make(model_, *product_, max_step_tokens_, stream_);
    if (!forward) return forward.error();
    forward_ = std::make_unique<Forward>(std::move(*forward));
    return make_cache(options);
  }

  std::string description() const override {
    return info_.name + " (CUDA, compute capability " + capability(info_) + ")";
  }
  // Devices of one compute capability that multiply in the same way.
  std::string arithmetic() const override {
    return "cuda-bf16-sm" + std::to_string(info_.major) + std::to_string(info_.minor) + "-" +
           product_->arithmetic();
  }
  int page_size() const override { return kPagePositions; }
  int pages() const override { return pages_; }
  int max_step_tokens() const override { return max_step_tokens_; }

  Result<void> copy_page(int from, int to) override {
    const std::size_t page = forward_->layout().page_size();
    const std::size_t layer = page * static_cast<std::size_t>(pages_);
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      copy_on_device(cache_.span().subspan(i * layer + static_cast<std::size_t>(to) * page, page),
                     cache_.span().subspan(i * layer + static_cast<std::size_t>(from) * page, page),
                     stream_);
    }
    return {};  // a failure shows in the step that follows
  }

  Result<void> step(std::span<const SequenceSlice> slices,
                    std::span<SampledToken> sampled) override {
    return forward_->run(slices, sampled);
  }

 private:
  Result<void> make_cache(const CudaOptions& options) {
    const ModelConfig& config = model_.config;
    const std::size_t page = forward_->layout().page_size() * model_.layers.size();
    const std::size_t page_bytes = page * sizeof(bf16);
    std::size_t bytes = options.cache_bytes;
    if (bytes == 0) {
      std::size_t free = 0;
      std::size_t all = 0;
      const Result<void> asked = to_result(cudaMemGetInfo(&free, &all), "cudaMemGetInfo");
      if (!asked) return asked.error();
      const std::size_t context =
          (static_cast<std::size_t>(config.max_context) + kPagePositions - 1) / kPagePositions + 1;
      bytes = std::min(free / 10 * 9,
                       static_cast<std::size_t>(options.sequences) * context * page_bytes);
    }
    const std::size_t pages =
        std::min<std::size_t>(bytes / page_bytes, std::numeric_limits<int>::max() / kPagePositions);
    if (pages == 0) {
      return Error(ErrorCode::unavailable, "the KV cache has no room for one page of " +
                                               std::to_string(page_bytes) + " bytes");
    }
    Result<DeviceBuffer<bf16>> cache = DeviceBuffer<bf16>::make(pages * page);
    if (!cache) return cache.error().within("KV cache");
    cache_ = std::move(*cache);
    pages_ = static_cast<int>(pages);
    // Attention reads whole pages and masks what is not there: it must be numbers.
    clear(cache_.span(), stream_);
    forward_->set_cache(cache_.span());
    return stream_.wait();
  }

  CudaDeviceInfo info_;
  Stream stream_;
  DeviceModel model_;
  std::unique_ptr<MatrixProduct> product_;
  int max_step_tokens_;
  std::unique_ptr<Forward> forward_;
  DeviceBuffer<bf16> cache_;
  int pages_ = 0;
};

Result<CudaDeviceInfo> use_device(int index) {
  const Result<std::vector<CudaDeviceInfo>> devices = cuda_devices();
  if (!devices) return devices.error();
  for (const CudaDeviceInfo& info : *devices) {
    if (info.index != index) continue;
    const Result<void> set = to_result(cudaSetDevice(index), "cudaSetDevice");
    if (!set) return set.error();
    return info;
  }
  return Error(ErrorCode::unavailable,
               "there is no CUDA device " + std::to_string(index) + " that the engine can run on");
}

}  // namespace

Result<std::vector<CudaDeviceInfo>> cuda_devices() {
  int count = 0;
  const Result<void> counted = to_result(cudaGetDeviceCount(&count), "no CUDA device");
  if (!counted) return counted.error();
  std::vector<CudaDeviceInfo> devices;
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties = {};
    const Result<void> asked =
        to_result(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
    if (!asked) return asked.error();
    if (properties.major < kOldestMajor) continue;
    devices.push_back(
        {index, properties.name, properties.major, properties.minor, properties.totalGlobalMem});
  }
  if (devices.empty()) {
    return Error(ErrorCode::unavailable, "no CUDA device of compute capability 8.0 or later");
  }
  return devices;
}

Result<std::unique_ptr<Device>> make_cuda_device(const Checkpoint& checkpoint,
                                                 const CudaOptions& options) {
  Result<CudaDeviceInfo> info = use_device(options.index);
  if (!info) return info.error();
  Result<Stream> stream = Stream::make();
  if (!stream) return stream.error();
  Result<DeviceModel> model = upload_model(checkpoint, *stream);
  if (!model) return model.error();
  Result<std::unique_ptr<MatrixProduct>> product = best_product(*info, *model, *stream);
  if (!product) return product.error();
  auto device =
      std::make_unique<CudaDevice>(std::move(*info), std::move(*stream), std::move(*model),
                                   std::move(*product), options.max_step_tokens);
  if (Result<void> ready = device->prepare(options); !ready) return ready.error();
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace proctor::engine::cuda
