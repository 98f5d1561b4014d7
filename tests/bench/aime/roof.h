// The least time that a GPU needs for given steps of a model in bf16: what it must read from its
// memory, and what it must multiply (shared/reference/inference.md, section 2).
#pragma once

#include <span>

#include "backends/engine/model_config.h"
#include "tests/bench/aime/watched_device.h"

namespace proctor::bench {

struct GpuSpeed {
  double bytes_a_second = 0;
  double flops = 0;  // a second
};

struct Roof {
  double seconds = 0;        // in all
  double cache_seconds = 0;  // of them, in reading keys and values
};

// Of each step: its weights are read once or multiplied with its rows, whichever takes longer; then
// the keys and values of all positions are read.
Roof roof_of(const engine::ModelConfig& config, std::span<const StepLoad> steps,
             const GpuSpeed& speed);

}  // namespace proctor::bench
