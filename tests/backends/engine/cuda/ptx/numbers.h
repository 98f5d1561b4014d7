// Numbers of the GPU that C++ has no type for, and its rules for NaNs and subnormals.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace proctor::ptx {

// The payload of NaNs that instructions make (PTX ISA 9.0, "Floating Point Instructions").
inline float canonical_nan() { return std::bit_cast<float>(0x7FFFFFFFU); }

inline float bf16_value(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// To the nearest, ties to even; every NaN is 0x7FFF ("cvt").
inline std::uint16_t to_bf16(float value) {
  if (std::isnan(value)) return 0x7FFF;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t low = bits & 0xFFFFU;
  std::uint32_t upper = bits >> 16;
  if (low > 0x8000U || (low == 0x8000U && (upper & 1) != 0)) ++upper;
  return static_cast<std::uint16_t>(upper);
}

// Truncated, with the last bit set if anything was lost: rounding that again, to at least two bits
// fewer, is rounding once.
inline float to_odd(double value) {
  auto rounded = static_cast<float>(value);
  if (std::isnan(value) || static_cast<double>(rounded) == value) return rounded;
  if (std::fabs(static_cast<double>(rounded)) > std::fabs(value)) {
    rounded = std::nextafterf(rounded, 0);
  }
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) | 1);
}

// a * b + c, rounded once. The product has 16 bits and is exact; the sum in double is made odd
// where it is not exact.
inline std::uint16_t fused_bf16(std::uint16_t a, std::uint16_t b, std::uint16_t c) {
  const double product = static_cast<double>(bf16_value(a)) * static_cast<double>(bf16_value(b));
  const auto addend = static_cast<double>(bf16_value(c));
  double sum = product + addend;
  const double part = sum - product;
  const double error = (product - (sum - part)) + (addend - part);
  if (std::isfinite(sum) && error != 0) {
    if ((error > 0) != (sum > 0)) sum = std::nextafter(sum, 0.0);
    sum = std::bit_cast<double>(std::bit_cast<std::uint64_t>(sum) | 1);
  }
  return to_bf16(to_odd(sum));
}

// Subnormal numbers as zeros of their sign (".ftz").
inline float flushed(float value) {
  return std::fabs(value) < 0x1p-126F ? std::copysign(0.0F, value) : value;
}

}  // namespace proctor::ptx
