// The 8-bit floating point number E4M3 (Micikevicius et al. 2022, arXiv:2209.05433, section 3): 1
// sign, 4 exponent and 3 fraction bits, bias 7, no infinities, and one NaN for each sign. It holds
// 4 significant bits over 15 binades, from 2^-6 to 448, and multiples of 2^-9 below.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace proctor::engine {

constexpr float kLargestE4m3 = 448;

// Exact; the NaNs become 480 and -480, which is what the devices' arithmetic makes of them. Nothing
// here writes any.
constexpr float widened_e4m3(std::uint8_t bits) {
  const std::uint32_t sign = std::uint32_t{bits & 0x80U} << 24;
  const std::uint32_t magnitude = std::uint32_t{bits & 0x7FU} << 20;
  // Its fields where those of a binary32 are: 2^120 times too small, the subnormal ones as well.
  return std::bit_cast<float>(sign | magnitude) * 0x1p120F;
}

// To the nearest, ties to even; what is larger than the largest becomes the largest, a NaN too.
constexpr std::uint8_t rounded_to_e4m3(float value) {
  constexpr std::uint32_t kSmallestNormal = std::bit_cast<std::uint32_t>(0x1p-6F);
  constexpr std::uint32_t kLargest = std::bit_cast<std::uint32_t>(kLargestE4m3);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 24 & 0x80U;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude >= kLargest) return static_cast<std::uint8_t>(sign | 0x7EU);
  if (magnitude >= kSmallestNormal) {
    const std::uint32_t rounded = magnitude + 0x7FFFFU + (magnitude >> 20 & 1U);
    return static_cast<std::uint8_t>(sign | ((rounded >> 20) - (120U << 3)));
  }
  // From 2^14 on a binary32 counts in steps of 2^-9, as the numbers that are subnormal here do.
  const float counted = std::bit_cast<float>(magnitude) + 0x1p14F;
  return static_cast<std::uint8_t>(
      sign | (std::bit_cast<std::uint32_t>(counted) - std::bit_cast<std::uint32_t>(0x1p14F)));
}

constexpr double kLargestE4m3Bound = 0x1p40;

// The power of two by which numbers up to `bound` are divided to fit: the least that does it. The
// precision is that of any other factor, since a floating point number has it at every size; and
// multiplying by it is exact. bound: from 0 to kLargestE4m3Bound.
constexpr float e4m3_scale(double bound) {
  double scale = 0x1p-40;  // for what is nothing beside everything else
  while (scale * static_cast<double>(kLargestE4m3) < bound) scale *= 2;
  return static_cast<float>(scale);
}

// Rounds the weights of one output, and returns what they are to be multiplied by again: a NaN, if
// any of them is no number or beyond kLargestE4m3Bound. Every product with them then is a NaN, as
// it should be. bits: as many as weights. What is multiplied again is exact in bf16.
constexpr float round_to_e4m3(std::span<const float> weights, std::span<std::uint8_t> bits) {
  double largest = 0;
  for (const float weight : weights) {
    const double size = weight < 0 ? -static_cast<double>(weight) : static_cast<double>(weight);
    if (!(size <= kLargestE4m3Bound)) return std::numeric_limits<float>::quiet_NaN();
    if (size > largest) largest = size;
  }
  const float scale = e4m3_scale(largest);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    bits[i] = rounded_to_e4m3(weights[i] * (1 / scale));
  }
  return scale;
}

}  // namespace proctor::engine
