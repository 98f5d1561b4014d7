#include "backends/engine/checkpoint/tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "backends/engine/checkpoint/e4m3.h"
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

// A file may hold NaNs, which arithmetic on devices does not tell from numbers.
float e4m3_or_nan(std::byte bits) {
  const auto pattern = std::to_integer<std::uint8_t>(bits);
  return (pattern & 0x7FU) == 0x7FU ? NAN : widened_e4m3(pattern);
}

// In runs that share a scale.
void widen_blocks(const TensorView& tensor, std::size_t first, std::span<float> out) {
  check(tensor.shape.size() == 2 && !tensor.scales.values.empty());
  const auto columns = static_cast<std::size_t>(tensor.shape[1]);
  const auto block_rows = static_cast<std::size_t>(tensor.scales.rows);
  const auto block_columns = static_cast<std::size_t>(tensor.scales.columns);
  const std::size_t blocks = (columns + block_columns - 1) / block_columns;
  for (std::size_t i = 0; i < out.size();) {
    const std::size_t row = (first + i) / columns;
    const std::size_t column = (first + i) % columns;
    const float scale = tensor.scales.values[row / block_rows * blocks + column / block_columns];
    const std::size_t left = std::min(block_columns - column % block_columns, columns - column);
    for (std::size_t end = std::min(out.size(), i + left); i < end; ++i) {
      out[i] = e4m3_or_nan(tensor.data[first + i]) * scale;
    }
  }
}

}  // namespace

std::size_t size_of(DType type) {
  if (type == DType::e4m3) return 1;
  return type == DType::f32 ? 4 : 2;
}

std::string_view name_of(DType type) {
  switch (type) {
    case DType::f32:
      return "F32";
    case DType::bf16:
      return "BF16";
    case DType::f16:
      return "F16";
    case DType::e4m3:
      return "F8_E4M3";
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
  if (dtype == DType::e4m3) return widen_blocks(*this, first, out);
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
