// The one way in which kernels are launched. For .cu files only.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "backends/engine/cuda/stream.h"

namespace proctor::engine::cuda {

// What a block gets without asking for more (CUDA C++ Programming Guide, compute capabilities).
constexpr std::size_t kOrdinarySharedBytes = 48 * 1024;

struct LaunchShape {
  dim3 grid;
  dim3 block;
  std::size_t shared_bytes = 0;  // all the shared memory that the kernel uses
};

// Queues kernel(arguments...), which a failure is named after. An empty grid is no work; a stream
// that has failed takes none.
template <class... Parameters, class... Arguments>
void launch(Stream& stream, std::string_view name, const LaunchShape& shape,
            void (*kernel)(Parameters...), Arguments&&... arguments) {
  if (stream.failed() || shape.grid.x == 0 || shape.grid.y == 0) return;
  if (shape.shared_bytes > kOrdinarySharedBytes) {
    stream.note(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                     cudaFuncAttributeMaxDynamicSharedMemorySize,
                                     static_cast<int>(shape.shared_bytes)),
                name);
    if (stream.failed()) return;
  }
  cudaLaunchConfig_t config = {};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = stream.get();
  stream.note(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...), name);
}

}  // namespace proctor::engine::cuda
