#include "tests/bench/aime/roof.h"

#include <algorithm>

namespace proctor::bench {

Roof roof_of(const engine::ModelConfig& config, std::span<const StepLoad> steps,
             const GpuSpeed& speed) {
  constexpr double kBytes = 2;  // of a number in bf16
  const double hidden = config.hidden_size;
  const double of_layer =
      hidden * (2.0 * config.q_size() + 2.0 * config.kv_size() + 3.0 * config.intermediate_size);
  const double weights = config.layers * of_layer + hidden * config.vocab_size;  // no embedding
  const double of_position = kBytes * 2 * config.kv_size() * config.layers;
  Roof roof;
  for (const StepLoad& step : steps) {
    const double reading = kBytes * weights / speed.bytes_a_second;
    const double multiplying = 2 * weights * step.rows / speed.flops;
    const double cache = of_position * static_cast<double>(step.positions) / speed.bytes_a_second;
    roof.cache_seconds += cache;
    roof.seconds += std::max(reading, multiplying) + cache;
  }
  return roof;
}

}  // namespace proctor::bench
