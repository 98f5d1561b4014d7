// The CPU device: f32 arithmetic over f32 or bf16 weights; a cache in f32 or E4M3. A step is done
// when submit() returns.
#pragma once

#include <cstddef>
#include <memory>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/cpu/kernels.h"
#include "backends/engine/device.h"
#include "backends/engine/precision.h"

namespace proctor::engine::cpu {

struct CpuOptions {
  int threads = 0;              // 0: as many as the process may run on
  std::size_t cache_bytes = 0;  // of the KV cache; 0: `sequences` whole contexts, but no more than
                                // a quarter of the memory. What it takes grows as it fills
  std::size_t swap_bytes = 0;   // for pages of preempted sequences; 0: these are computed again
  int sequences = 64;
  int max_step_tokens = 512;
  Precision kv_cache = Precision::full;
  Precision weights = Precision::full;  // of the layers' matrices; rounded, and no smaller here
  const Kernels* kernels = nullptr;     // the fastest
};

// `checkpoint` must outlive the device. Whatever the options but kv_cache and weights, the tokens
// are the same bits.
// Errors: unavailable, when there is no memory or thread for it or the model's sizes are not taken;
// corrupt, for weights that make no bounds for a cache in fp8.
// A step ends with `corrupt` when logits to sample from are no numbers: such a model answers
// nothing, and must not seem to.
Result<std::unique_ptr<Device>> make_cpu_device(const Checkpoint& checkpoint,
                                                const CpuOptions& options);

}  // namespace proctor::engine::cpu
