// bfloat16: the upper half of a float. What weights, activations and the cache are made of.
#pragma once

#include <bit>
#include <cstdint>

namespace proctor::engine::cuda {

struct bf16 {
  std::uint16_t bits = 0;

  bool operator==(const bf16&) const = default;  // of bits: a NaN equals itself, 0 is not -0
};

// Exact.
constexpr float widen(bf16 value) { return std::bit_cast<float>(std::uint32_t{value.bits} << 16); }

// To the nearest, ties to even; every NaN becomes 0x7FFF, as cvt.rn.bf16.f32 has it (PTX ISA,
// "cvt"). For the host: kernels use intrinsics.h.
constexpr bf16 rounded_to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return {0x7FFF};
  return {static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16)};
}

}  // namespace proctor::engine::cuda
