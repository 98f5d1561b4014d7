#include "backends/engine/cpu/rotary.h"

#include <cmath>
#include <numbers>

namespace proctor::engine::cpu {
namespace {

// Llama 3.1's rule: fast turns stay, slow ones are divided by the factor, those between go over
// linearly in the wavelength's inverse.
long double scaled(long double frequency, const Llama3Scaling& scaling) {
  const long double wavelength = 2 * std::numbers::pi_v<long double> / frequency;
  const long double turns = scaling.original_context / wavelength;
  if (turns > scaling.high_freq_factor) return frequency;
  if (turns < scaling.low_freq_factor) return frequency / scaling.factor;
  const long double smooth =
      (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
  return (1 - smooth) * frequency / scaling.factor + smooth * frequency;
}

}  // namespace

std::vector<long double> rotary_frequencies(const ModelConfig& config) {
  std::vector<long double> frequencies;
  for (int i = 0; i < config.head_dim / 2; ++i) {
    const long double frequency =
        std::pow(static_cast<long double>(config.rope_theta), -2.0L * i / config.head_dim);
    frequencies.push_back(config.rope_scaling ? scaled(frequency, *config.rope_scaling)
                                              : frequency);
  }
  return frequencies;
}

RotaryTable::RotaryTable(const ModelConfig& config, std::size_t positions)
    : half_(static_cast<std::size_t>(config.head_dim) / 2) {
  const std::vector<long double> frequencies = rotary_frequencies(config);
  cosines_.reserve(positions * half_);
  sines_.reserve(positions * half_);
  for (std::size_t position = 0; position < positions; ++position) {
    for (const long double frequency : frequencies) {
      const long double angle = static_cast<long double>(position) * frequency;
      cosines_.push_back(static_cast<float>(std::cos(angle)));
      sines_.push_back(static_cast<float>(std::sin(angle)));
    }
  }
}

void RotaryTable::rotate(float* head, std::size_t position) const {
  const float* cosine = cosines_.data() + position * half_;
  const float* sine = sines_.data() + position * half_;
  for (std::size_t i = 0; i < half_; ++i) {
    const float first = head[i];
    const float second = head[i + half_];
    head[i] = first * cosine[i] - second * sine[i];
    head[i + half_] = second * cosine[i] + first * sine[i];
  }
}

}  // namespace proctor::engine::cpu
