// Rotary position embedding (Su et al. 2021, arXiv:2104.09864) in the "rotate half" layout: element
// i of a head turns with element i + head_dim / 2.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/engine/model_config.h"

namespace proctor::engine::cpu {

// How fast each of the head_dim / 2 pairs turns, in radians per position, Llama 3's scaling
// included.
std::vector<long double> rotary_frequencies(const ModelConfig& config);

// The cosines and sines of all positions up to a limit. Computed in long double, so that the last
// bits in which one C library differs from another are gone when they are rounded to f32.
// Thread-safe.
class RotaryTable {
 public:
  RotaryTable(const ModelConfig& config, std::size_t positions);

  // Turns one head, in place: [head_dim].
  void rotate(float* head, std::size_t position) const;

 private:
  std::size_t half_;
  std::vector<float> cosines_, sines_;  // [positions][half]
};

}  // namespace proctor::engine::cpu
