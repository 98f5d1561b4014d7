// Compiled with AVX-512 F, BW, DQ and VL; reached only after kernels.cpp has asked the processor.
#include <immintrin.h>

#include "backends/engine/cpu/kernels_vector.h"

namespace proctor::engine::cpu {
namespace {

struct Avx512 {
  __m512 x;

  static constexpr int kTile[6] = {4, 4, 4, 4, 4, 4};  // 24 of 32 registers hold sums

  static Avx512 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Avx512 broadcast(float value) { return {_mm512_set1_ps(value)}; }
  static Avx512 widen(const float* p) { return load(p); }
  static Avx512 widen(const std::uint16_t* p) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16))};
  }
  // As widened_e4m3().
  static Avx512 widen(const std::uint8_t* p) {
    const __m512i bits = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    const __m512i sign = _mm512_slli_epi32(_mm512_and_si512(bits, _mm512_set1_epi32(0x80)), 24);
    const __m512i rest = _mm512_slli_epi32(_mm512_and_si512(bits, _mm512_set1_epi32(0x7F)), 20);
    return {
        _mm512_mul_ps(_mm512_castsi512_ps(_mm512_or_si512(sign, rest)), _mm512_set1_ps(0x1p120F))};
  }
  void store(float* p) const { _mm512_storeu_ps(p, x); }

  float tree_sum() const {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
};

Avx512 operator+(Avx512 a, Avx512 b) { return {_mm512_add_ps(a.x, b.x)}; }
Avx512 operator-(Avx512 a, Avx512 b) { return {_mm512_sub_ps(a.x, b.x)}; }
Avx512 operator*(Avx512 a, Avx512 b) { return {_mm512_mul_ps(a.x, b.x)}; }
Avx512 operator/(Avx512 a, Avx512 b) { return {_mm512_div_ps(a.x, b.x)}; }
Avx512 fma(Avx512 a, Avx512 b, Avx512 c) { return {_mm512_fmadd_ps(a.x, b.x, c.x)}; }
Avx512 at_least(Avx512 x, Avx512 bound, Avx512 then, Avx512 otherwise) {
  return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(x.x, bound.x, _CMP_GE_OQ), otherwise.x, then.x)};
}
Avx512 add_to_exponent(Avx512 x, Avx512 shifted) {
  const __m512i n = _mm512_sub_epi32(_mm512_castps_si512(shifted.x), _mm512_set1_epi32(0x4B400000));
  return {
      _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x.x), _mm512_slli_epi32(n, 23)))};
}

}  // namespace

const Kernels& avx512_kernels() {
  static const Kernels kKernels = kernels_over<Avx512>("AVX-512");
  return kKernels;
}

}  // namespace proctor::engine::cpu
