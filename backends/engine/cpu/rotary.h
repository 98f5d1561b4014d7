// Rotary position embedding (Su et al. 2021, arXiv:2104.09864) in the "rotate half" layout: element
// i of a head turns with element i + head_dim / 2.
#pragma once

#include <cstddef>

#include "backends/engine/checkpoint/rotary_angles.h"
#include "backends/engine/model_config.h"

namespace proctor::engine::cpu {

// Turns the heads of all positions up to a limit. Thread-safe.
class RotaryTable {
 public:
  RotaryTable(const ModelConfig& config, std::size_t positions);

  // Turns one head, in place: [head_dim].
  void rotate(float* head, std::size_t position) const;

 private:
  std::size_t half_;
  RotaryAngles angles_;
};

}  // namespace proctor::engine::cpu
