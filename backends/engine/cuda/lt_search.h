// The search for algorithms of cuBLASLt that agree to the bit; see lt_product.h.
#pragma once

#include <span>

#include "backends/engine/cuda/lt_product.h"

namespace proctor::engine::cuda {

// The family that cuBLASLt ranks best for the shape over the row counts of `ladder`, ascending, the
// same for every GPU of a kind; and of its members the fastest here, which may be one of a larger
// row count. Multiplies the weights of `weights` with random rows; its x is not used. Blocks;
// nothing else should run on the GPU. Errors: unavailable.
Result<LtChoice> choose_algorithms(const LtLibrary& lt, cublasLtHandle_t handle,
                                   const LtShape& shape, const MatmulOperands& weights,
                                   std::span<const int> ladder, Stream& stream);

}  // namespace proctor::engine::cuda
