// The integers of sampler/sampler.h, as device code: each function repeats its twin there operation
// by operation, so that a token drawn here is the token drawn there. For .cu files only.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstdint>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/exponential.h"

namespace proctor::engine::cuda {

// CUDA's 64-bit atomics and shuffles know this type and not std::uint64_t.
using Weight = unsigned long long;
static_assert(sizeof(Weight) == sizeof(std::uint64_t));

// The step of Horner's rule with coefficient `I`, and those after it.
template <int I>
__device__ float series_from(float r, float sum) {
  constexpr float kCoefficient = Exponential::kC[I];
  sum = __fmaf_rn(sum, r, kCoefficient);
  if constexpr (I > 0) {
    return series_from<I - 1>(r, sum);
  } else {
    return sum;
  }
}

// exponential() of exponential.h.
__device__ inline float same_exponential(float x) {
  constexpr float kLowest = Exponential::kLowest;
  constexpr float kHighest = Exponential::kHighest;
  constexpr float kLog2e = Exponential::kLog2e;
  constexpr float kRound = Exponential::kRound;
  constexpr float kLn2High = Exponential::kLn2High;
  constexpr float kLn2Low = Exponential::kLn2Low;
  constexpr float kLast = Exponential::kC[7];
  if (!(x >= kLowest)) return 0.0F;
  if (x > kHighest) return INFINITY;
  const float shifted = __fmaf_rn(x, kLog2e, kRound);
  const float n = __fsub_rn(shifted, kRound);
  const float r = __fmaf_rn(n, -kLn2Low, __fmaf_rn(n, -kLn2High, x));
  const std::uint32_t exponent = (__float_as_uint(shifted) - 0x4B400000U) << 23;
  return __uint_as_float(__float_as_uint(series_from<6>(r, kLast)) + exponent);
}

// weigh_logits_reference().
__device__ inline Weight weight_of(float logit, float largest, float scale) {
  const float probability = same_exponential(__fmul_rn(__fsub_rn(logit, largest), scale));
  return static_cast<Weight>(__fmul_rn(probability, 0x1p40F));
}

// rank_of() of cut.h.
__device__ inline std::uint32_t same_rank(float logit) {
  const std::uint32_t bits = __float_as_uint(__fadd_rn(logit, 0.0F));
  return bits >> 31 != 0 ? ~bits : bits | 0x80000000U;
}

// mass_of_top_p() of cut.h: the smallest integer that is at least top_p * mass.
__device__ inline Weight same_mass_of_top_p(float top_p, Weight mass) {
  // top_p = fraction / 2^shift. A subnormal one gets too large a fraction, but with a shift past 88
  // that is the same.
  const std::uint32_t bits = __float_as_uint(top_p);  // positive
  const Weight fraction = (bits & 0x7FFFFFU) | 0x800000U;
  const int shift = 150 - static_cast<int>(bits >> 23);
  // The product in two words, high * 2^64 + low; it is below 2^88.
  const Weight high = __umul64hi(fraction, mass);
  const Weight low = fraction * mass;
  if (shift >= 88) return (high | low) == 0 ? 0 : 1;
  Weight whole;
  bool rest;
  if (shift >= 64) {
    const Weight mask = (Weight{1} << (shift - 64)) - 1;
    whole = high >> (shift - 64);
    rest = (high & mask) != 0 || low != 0;
  } else {
    whole = high << (64 - shift) | low >> shift;  // 23 <= shift
    rest = (low & ((Weight{1} << shift) - 1)) != 0;
  }
  return whole + (rest ? 1 : 0);
}

// scale_at() of sampler.cpp.
__device__ inline float scale_at(float temperature) {
  return fminf(__fdiv_rn(1.0F, temperature), FLT_MAX);
}

// logprob_of() of sampler.cpp: `total` is the sum of all weights at this scale.
__device__ inline float logprob_of(float logit, float largest, float scale, Weight total) {
  const double distance =
      __dmul_rn(__dsub_rn(static_cast<double>(logit), static_cast<double>(largest)),
                static_cast<double>(scale));
  return static_cast<float>(
      __dsub_rn(distance, log(__dmul_rn(static_cast<double>(total), 0x1p-40))));
}

}  // namespace proctor::engine::cuda
