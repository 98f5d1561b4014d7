// The engine's own e^x: the same bits on every device and in every vector width, which a libm does
// not promise.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace proctor::engine {

// The constants of the reduction x = n ln 2 + r and of e^r by a polynomial of degree 7, whose last
// coefficients are those of Taylor's series; with fused multiply-adds throughout. |r| <= 0.35 makes
// the series' remainder 1e-8, below half a unit in the last place.
struct Exponential {
  static constexpr float kLowest = -87.0F;  // below it the result is 0, so never subnormal
  static constexpr float kHighest = 88.0F;  // above it, infinity
  static constexpr float kLog2e = 1.44269504088896341F;
  static constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float kLn2High = 0.693145751953125F;
  static constexpr float kLn2Low = 1.42860682030941723e-6F;
  static constexpr float kC[] = {1.0F,         1.0F,          1.0F / 2.0F,   1.0F / 6.0F,
                                 1.0F / 24.0F, 1.0F / 120.0F, 1.0F / 720.0F, 1.0F / 5040.0F};
};

// e^x within 2 units in the last place for kLowest <= x <= kHighest; 0 below, infinity above; a NaN
// gives 0. The meaning that every vector version repeats operation by operation.
inline float exponential(float x) {
  using E = Exponential;
  if (!(x >= E::kLowest)) return 0.0F;
  if (x > E::kHighest) return INFINITY;
  const float shifted = std::fma(x, E::kLog2e, E::kRound);
  const float n = shifted - E::kRound;
  const float r = std::fma(n, -E::kLn2Low, std::fma(n, -E::kLn2High, x));
  float series = E::kC[7];
  for (int i = 6; i >= 0; --i) series = std::fma(series, r, E::kC[i]);
  const std::uint32_t exponent = (std::bit_cast<std::uint32_t>(shifted) - 0x4B400000U) << 23;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(series) + exponent);
}

}  // namespace proctor::engine
