#include "backends/engine/checkpoint/tensor.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "harness/core/check.h"

namespace proctor::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are read in place");

// IEEE 754-2019, section 3.4: 1 sign, 5 exponent and 10 fraction bits, bias 15.
float f16_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0) {  // zero and subnormal numbers: fraction * 2^-24
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t widened_exponent = exponent == 0x1F ? 0xFF : exponent - 15 + 127;
  return std::bit_cast<float>(sign | widened_exponent << 23 | fraction << 13);
}

}  // namespace

std::size_t size_of(DType type) { return type == DType::f32 ? 4 : 2; }

std::string_view name_of(DType type) {
  switch (type) {
    case DType::f32:
      return "F32";
    case DType::bf16:
      return "BF16";
    case DType::f16:
      return "F16";
  }
  check(false);
  return {};
}

float widened(std::uint16_t bits, DType type) {
  if (type == DType::f16) return f16_to_float(bits);
  check(type == DType::bf16);
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

void TensorView::widen(std::size_t first, std::span<float> out) const {
  check(first <= elements() && out.size() <= elements() - first);
  if (out.empty()) return;
  const std::byte* from = data.data() + first * size_of(dtype);
  if (dtype == DType::f32) {
    std::memcpy(out.data(), from, out.size_bytes());
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, from + 2 * i, sizeof bits);
    out[i] = widened(bits, dtype);
  }
}

std::string format_shape(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

}  // namespace proctor::engine
