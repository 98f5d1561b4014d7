// What rotary position embedding turns by (Su et al. 2021, arXiv:2104.09864), Llama 3's scaling
// included: the same numbers for every device.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/engine/model_config.h"

namespace proctor::engine {

struct RotaryAngles {
  std::vector<float> cosines;  // [positions][head_dim / 2]
  std::vector<float> sines;    // likewise
};

// Of all positions below `positions`. Computed in long double, so that the last bits in which one C
// library differs from another are gone when they are rounded to f32.
RotaryAngles rotary_angles(const ModelConfig& config, std::size_t positions);

}  // namespace proctor::engine
