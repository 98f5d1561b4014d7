#include "backends/engine/cpu/rotary.h"

namespace proctor::engine::cpu {

RotaryTable::RotaryTable(const ModelConfig& config, std::size_t positions)
    : half_(static_cast<std::size_t>(config.head_dim) / 2),
      angles_(rotary_angles(config, positions)) {}

void RotaryTable::rotate(float* head, std::size_t position) const {
  const float* cosine = angles_.cosines.data() + position * half_;
  const float* sine = angles_.sines.data() + position * half_;
  for (std::size_t i = 0; i < half_; ++i) {
    const float first = head[i];
    const float second = head[i + half_];
    head[i] = first * cosine[i] - second * sine[i];
    head[i + half_] = second * cosine[i] + first * sine[i];
  }
}

}  // namespace proctor::engine::cpu
