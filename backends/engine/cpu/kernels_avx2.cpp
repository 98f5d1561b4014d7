// Compiled with AVX2 and FMA; reached only after kernels.cpp has asked the processor. The 16 lanes
// are two registers of 8.
#include <immintrin.h>

#include "backends/engine/cpu/kernels_vector.h"

namespace proctor::engine::cpu {
namespace {

struct Avx2 {
  __m256 low, high;

  static constexpr int kTile[6] = {4, 2, 2, 1, 1, 1};  // up to 12 of 16 registers hold sums

  static Avx2 load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
  static Avx2 broadcast(float value) { return {_mm256_set1_ps(value), _mm256_set1_ps(value)}; }
  static Avx2 widen(const float* p) { return load(p); }
  static Avx2 widen(const std::uint16_t* p) { return {widen_eight(p), widen_eight(p + 8)}; }
  static Avx2 widen(const std::uint8_t* p) { return {widen_eight(p), widen_eight(p + 8)}; }
  void store(float* p) const {
    _mm256_storeu_ps(p, low);
    _mm256_storeu_ps(p + 8, high);
  }

  float tree_sum() const {
    const __m256 eight = _mm256_add_ps(low, high);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }

 private:
  static __m256 widen_eight(const std::uint16_t* p) {
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
  }
  // As widened_e4m3().
  static __m256 widen_eight(const std::uint8_t* p) {
    const __m256i bits = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
    const __m256i sign = _mm256_slli_epi32(_mm256_and_si256(bits, _mm256_set1_epi32(0x80)), 24);
    const __m256i rest = _mm256_slli_epi32(_mm256_and_si256(bits, _mm256_set1_epi32(0x7F)), 20);
    return _mm256_mul_ps(_mm256_castsi256_ps(_mm256_or_si256(sign, rest)),
                         _mm256_set1_ps(0x1p120F));
  }
};

Avx2 operator+(Avx2 a, Avx2 b) {
  return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}
Avx2 operator-(Avx2 a, Avx2 b) {
  return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}
Avx2 operator*(Avx2 a, Avx2 b) {
  return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}
Avx2 operator/(Avx2 a, Avx2 b) {
  return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}
Avx2 fma(Avx2 a, Avx2 b, Avx2 c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}

__m256 at_least(__m256 x, __m256 bound, __m256 then, __m256 otherwise) {
  return _mm256_blendv_ps(otherwise, then, _mm256_cmp_ps(x, bound, _CMP_GE_OQ));
}
Avx2 at_least(Avx2 x, Avx2 bound, Avx2 then, Avx2 otherwise) {
  return {at_least(x.low, bound.low, then.low, otherwise.low),
          at_least(x.high, bound.high, then.high, otherwise.high)};
}

__m256 add_to_exponent(__m256 x, __m256 shifted) {
  const __m256i n = _mm256_sub_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(0x4B400000));
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), _mm256_slli_epi32(n, 23)));
}
Avx2 add_to_exponent(Avx2 x, Avx2 shifted) {
  return {add_to_exponent(x.low, shifted.low), add_to_exponent(x.high, shifted.high)};
}

}  // namespace

const Kernels& avx2_kernels() {
  static const Kernels kKernels = kernels_over<Avx2>("AVX2");
  return kKernels;
}

}  // namespace proctor::engine::cpu
