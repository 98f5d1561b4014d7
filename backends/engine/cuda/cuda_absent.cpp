// What cuda_device.h says where the program was built without CUDA.
#include "backends/engine/cuda/cuda_device.h"

namespace proctor::engine::cuda {
namespace {

Error built_without() {
  return Error(ErrorCode::unavailable,
               "this proctor was built without CUDA (cmake --preset cuda builds with it)");
}

}  // namespace

Result<std::vector<CudaDeviceInfo>> cuda_devices() { return built_without(); }

Result<std::unique_ptr<Device>> make_cuda_device(const Checkpoint&, const CudaOptions&) {
  return built_without();
}

}  // namespace proctor::engine::cuda
