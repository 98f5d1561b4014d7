#include "backends/engine/cuda/cuda_device.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "backends/engine/cuda/best_product.h"
#include "backends/engine/cuda/device_model.h"
#include "backends/engine/cuda/forward.h"
#include "backends/engine/cuda/host_pages.h"
#include "backends/engine/cuda/page_copies.h"

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
    const std::string remark = product_->remark();
    return info_.name + " (CUDA, compute capability " + capability(info_) +
           (remark.empty() ? "" : "; " + remark) + ")";
  }
  // Devices of one compute capability that multiply in the same way.
  std::string arithmetic() const override {
    return "cuda-bf16-sm" + std::to_string(info_.major) + std::to_string(info_.minor) + "-" +
           product_->arithmetic() + (model_.weights == Precision::fp8 ? "-weights-e4m3" : "") +
           (model_.kv_cache == Precision::fp8 ? "-kv-e4m3" : "");
  }
  int page_size() const override { return kPagePositions; }
  int pages() const override { return pages_; }
  int max_step_tokens() const override { return max_step_tokens_; }

  bool works_beside_host() const override { return true; }
  int host_pages() const override { return copies_->places(); }

  double busy_seconds() const override { return forward_->busy_seconds(); }
  void set_stop_tokens(std::span<const std::int32_t> tokens) override {
    forward_->set_stop_tokens(tokens);
  }

  // What the copies run into shows in the step that follows, the stream remembering it.
  Result<void> copy_page(int from, int to) override {
    if (Result<void> used = use(); !used) return used;
    copies_->copy_page(from, to);
    return {};
  }
  Result<bool> swap_out(std::span<const std::int32_t> pages,
                        std::span<const std::int32_t> places) override {
    if (Result<void> used = use(); !used) return used.error();
    Result<bool> kept = copies_->swap_out(pages, places);
    return kept ? kept : after(kept.error());
  }
  Result<void> swap_in(std::span<const std::int32_t> places,
                       std::span<const std::int32_t> pages) override {
    if (Result<void> used = use(); !used) return used;
    const Result<void> back = copies_->swap_in(places, pages);
    if (!back) return after(back.error());
    return {};
  }

  Result<void> submit(std::span<const SequenceSlice> slices) override {
    if (Result<void> used = use(); !used) return used;
    Result<void> begun = forward_->submit(slices);
    if (begun) copies_->step_begun(slices);
    copies_->steps_ended(forward_->collected());
    return begun;
  }
  Result<void> collect(std::span<SampledToken> sampled) override {
    if (Result<void> used = use(); !used) return used;
    Result<void> collected = forward_->collect(sampled);
    copies_->steps_ended(forward_->collected());
    return collected;
  }

 private:
  // The device is the calling thread's from here on: the one that made it may be another.
  Result<void> use() const { return to_result(cudaSetDevice(info_.index), "cudaSetDevice"); }

  // What the device does in the host's memory must be over when an error is returned.
  Error after(Error error) {
    const Result<void> ended = forward_->abandon();
    return ended ? error : ended.error();
  }

  Result<void> make_cache(const CudaOptions& options) {
    const ModelConfig& config = model_.config;
    const std::size_t page_bytes = forward_->layout().page_bytes() * model_.layers.size();
    std::size_t bytes = options.cache_bytes;
    if (bytes == 0) {
      std::size_t free = 0;
      std::size_t all = 0;
      const Result<void> asked = to_result(cudaMemGetInfo(&free, &all), "cudaMemGetInfo");
      if (!asked) return asked.error();
      const std::size_t context =
          (static_cast<std::size_t>(config.max_context) + kPagePositions - 1) / kPagePositions + 1;
      bytes = std::min(free - std::min(free, kept_free(all)),
                       static_cast<std::size_t>(options.sequences) * context * page_bytes);
    }
    const std::size_t pages =
        std::min<std::size_t>(bytes / page_bytes, std::numeric_limits<int>::max() / kPagePositions);
    if (pages == 0) {
      return Error(ErrorCode::unavailable, "the KV cache has no room for one page of " +
                                               std::to_string(page_bytes) + " bytes");
    }
    Result<DeviceBuffer<std::byte>> cache = DeviceBuffer<std::byte>::make((pages + 1) * page_bytes);
    if (!cache) return cache.error().within("KV cache");
    cache_ = std::move(*cache);
    pages_ = static_cast<int>(pages);
    // Pages are copied and swapped whole, also what nobody has written of them.
    clear(cache_.span(), stream_);
    // One page more than the scheduler knows of, for rows that leave the others as they are.
    forward_->set_cache(cache_.span(), pages_, options.graphs);
    if (Result<void> cleared = stream_.wait(); !cleared) return cleared;
    Result<std::unique_ptr<PageCopies>> copies =
        PageCopies::make({.bytes = cache_.span(),
                          .layers = model_.layers.size(),
                          .page_bytes = forward_->layout().page_bytes()},
                         HostPages(page_bytes, options.swap_bytes), stream_);
    if (!copies) return copies.error();
    copies_ = std::move(*copies);
    return {};
  }

  CudaDeviceInfo info_;
  Stream stream_;
  DeviceModel model_;
  std::unique_ptr<MatrixProduct> product_;
  int max_step_tokens_;
  std::unique_ptr<Forward> forward_;
  DeviceBuffer<std::byte> cache_;
  int pages_ = 0;
  std::unique_ptr<PageCopies> copies_;
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
  Result<DeviceModel> model =
      upload_model(checkpoint, {.kv_cache = options.kv_cache, .weights = options.weights}, *stream);
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
