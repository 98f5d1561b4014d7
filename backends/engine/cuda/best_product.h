// Who multiplies the matrices of a model on a GPU.
#pragma once

#include <memory>

#include "backends/engine/cuda/cuda_device.h"
#include "backends/engine/cuda/device_model.h"
#include "backends/engine/cuda/matrix_product.h"

namespace proctor::engine::cuda {

// cuBLASLt, with its algorithms chosen for the model's shapes, where it can be loaded and has
// algorithms that are invariant; else the kernel of ours, which remarks why. The choices are kept
// in $XDG_CACHE_HOME/proctor or ~/.cache/proctor, if there is such a place. Errors: unavailable,
// when the GPU failed.
Result<std::unique_ptr<MatrixProduct>> best_product(const CudaDeviceInfo& info,
                                                    const DeviceModel& model, Stream& stream);

}  // namespace proctor::engine::cuda
