#include "backends/engine/checkpoint/rotary_angles.h"

#include <cmath>
#include <numbers>

namespace proctor::engine {
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

// How fast each pair turns, in radians per position.
std::vector<long double> frequencies_of(const ModelConfig& config) {
  std::vector<long double> frequencies;
  for (int i = 0; i < config.head_dim / 2; ++i) {
    const long double frequency =
        std::pow(static_cast<long double>(config.rope_theta), -2.0L * i / config.head_dim);
    frequencies.push_back(config.rope_scaling ? scaled(frequency, *config.rope_scaling)
                                              : frequency);
  }
  return frequencies;
}

}  // namespace

RotaryAngles rotary_angles(const ModelConfig& config, std::size_t positions) {
  const std::vector<long double> frequencies = frequencies_of(config);
  RotaryAngles angles;
  angles.cosines.reserve(positions * frequencies.size());
  angles.sines.reserve(positions * frequencies.size());
  for (std::size_t position = 0; position < positions; ++position) {
    for (const long double frequency : frequencies) {
      const long double angle = static_cast<long double>(position) * frequency;
      angles.cosines.push_back(static_cast<float>(std::cos(angle)));
      angles.sines.push_back(static_cast<float>(std::sin(angle)));
    }
  }
  return angles;
}

}  // namespace proctor::engine
