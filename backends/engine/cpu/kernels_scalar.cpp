// Any processor: 16 floats in an array, with the C library's exact fused multiply-add.
#include <bit>
#include <cmath>
#include <cstdint>

#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/cpu/kernels_vector.h"

namespace proctor::engine::cpu {
namespace {

struct Scalar {
  float x[kLanes];

  static constexpr int kTile[6] = {1, 1, 1, 1, 1, 1};

  template <class Function>
  static Scalar each(Function function) {
    Scalar result;
    for (std::size_t i = 0; i < kLanes; ++i) result.x[i] = function(i);
    return result;
  }
  static Scalar load(const float* p) {
    return each([p](std::size_t i) { return p[i]; });
  }
  static Scalar broadcast(float value) {
    return each([value](std::size_t) { return value; });
  }
  static Scalar widen(const float* p) { return load(p); }
  static Scalar widen(const std::uint16_t* p) {
    return each([p](std::size_t i) { return std::bit_cast<float>(std::uint32_t{p[i]} << 16); });
  }
  static Scalar widen(const std::uint8_t* p) {
    return each([p](std::size_t i) { return widened_e4m3(p[i]); });
  }
  void store(float* p) const { std::copy(x, x + kLanes, p); }

  float tree_sum() const {
    Scalar sums = *this;
    for (std::size_t width = kLanes / 2; width > 0; width /= 2) {
      for (std::size_t i = 0; i < width; ++i) sums.x[i] += sums.x[i + width];
    }
    return sums.x[0];
  }
};

Scalar operator+(const Scalar& a, const Scalar& b) {
  return Scalar::each([&](std::size_t i) { return a.x[i] + b.x[i]; });
}
Scalar operator-(const Scalar& a, const Scalar& b) {
  return Scalar::each([&](std::size_t i) { return a.x[i] - b.x[i]; });
}
Scalar operator*(const Scalar& a, const Scalar& b) {
  return Scalar::each([&](std::size_t i) { return a.x[i] * b.x[i]; });
}
Scalar operator/(const Scalar& a, const Scalar& b) {
  return Scalar::each([&](std::size_t i) { return a.x[i] / b.x[i]; });
}
Scalar fma(const Scalar& a, const Scalar& b, const Scalar& c) {
  return Scalar::each([&](std::size_t i) { return std::fma(a.x[i], b.x[i], c.x[i]); });
}
Scalar at_least(const Scalar& x, const Scalar& bound, const Scalar& then, const Scalar& otherwise) {
  return Scalar::each(
      [&](std::size_t i) { return x.x[i] >= bound.x[i] ? then.x[i] : otherwise.x[i]; });
}
Scalar add_to_exponent(const Scalar& x, const Scalar& shifted) {
  return Scalar::each([&](std::size_t i) {
    const std::uint32_t n = (std::bit_cast<std::uint32_t>(shifted.x[i]) - 0x4B400000U) << 23;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x.x[i]) + n);
  });
}

}  // namespace

const Kernels& scalar_kernels() {
  static const Kernels kKernels = kernels_over<Scalar>("scalar");
  return kKernels;
}

}  // namespace proctor::engine::cpu
