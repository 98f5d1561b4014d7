// The CUDA device: bf16 weights, activations and cache on one NVIDIA GPU, from compute capability
// 8.0 on.
//
// Its functions are there in every build; where the program was built without CUDA they say so.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/device.h"
#include "backends/engine/precision.h"

namespace proctor::engine::cuda {

// A GPU of this machine.
struct CudaDeviceInfo {
  int index = 0;
  std::string name;  // "NVIDIA H200"
  int major = 0;     // compute capability
  int minor = 0;
  std::size_t memory_bytes = 0;
};

// The GPUs that the engine can run on, by index. Errors: unavailable, saying why there are none: no
// driver, no GPU, none new enough, a build without CUDA.
Result<std::vector<CudaDeviceInfo>> cuda_devices();

// Of a GPU's memory, what the KV cache leaves free unless its size is given: 3 GiB
// (reference/inference.md, section 2), of a small GPU a twentieth. Of this, graphs take some (a few
// hundred of them, each perhaps a megabyte), kernels, which are loaded when they are first used,
// and the arrays of steps larger than those before.
constexpr std::size_t kept_free(std::size_t memory_bytes) {
  return std::min(std::size_t{3} << 30, memory_bytes / 20);
}

struct CudaOptions {
  int index = 0;
  std::size_t cache_bytes = 0;  // of the KV cache; 0: `sequences` whole contexts, but no more than
                                // leaves kept_free() of the GPU's memory free
  std::size_t swap_bytes = 0;   // of pinned memory for the pages of preempted sequences, taken as
                                // they come; 0: these are computed again
  int sequences = 256;
  int max_step_tokens = 2048;
  bool graphs = true;  // repeat steps that only decode as captured graphs, where that works
  Precision kv_cache = Precision::full;
  Precision weights = Precision::full;  // of the layers' matrices
};

// `checkpoint` is read here and not kept. Whatever the options but kv_cache and weights,
// the tokens are the same bits.
// Errors: unavailable, when the GPU is not there, has no memory for it, or the model's sizes are
// not taken. Its step ends with `corrupt` when logits to sample from are no numbers.
Result<std::unique_ptr<Device>> make_cuda_device(const Checkpoint& checkpoint,
                                                 const CudaOptions& options);

}  // namespace proctor::engine::cuda
