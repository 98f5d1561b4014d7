// Who multiplies the matrices of a model on the emulated GPU: there is no cuBLASLt for it.
#include "backends/engine/cuda/best_product.h"

namespace proctor::engine::cuda {

Result<std::unique_ptr<MatrixProduct>> best_product(const CudaDeviceInfo&, const DeviceModel&,
                                                    Stream&) {
  return std::unique_ptr<MatrixProduct>(std::make_unique<KernelProduct>());
}

}  // namespace proctor::engine::cuda
