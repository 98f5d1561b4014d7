#include "backends/engine/cpu/packed_matrix.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "backends/engine/checkpoint/e4m3.h"
#include "harness/core/check.h"

namespace proctor::engine::cpu {
namespace {

// A panel's share of a second-level cache: the depth is worked through in runs of so many.
constexpr std::size_t kDepthRun = 512;

void read_wide_row(const TensorView& tensor, std::size_t row, std::vector<float>& out) {
  tensor.widen(row * out.size(), out);
}

void read_bf16_row(const TensorView& tensor, std::size_t row, std::vector<std::uint16_t>& out) {
  const std::size_t bytes = out.size() * sizeof(std::uint16_t);
  std::memcpy(out.data(), tensor.data.data() + row * bytes, bytes);
}

void read_rounded_row(const TensorView& tensor, std::size_t row, std::vector<std::uint16_t>& out) {
  std::vector<float> wide(out.size());
  std::vector<std::uint8_t> bits(out.size());
  tensor.widen(row * out.size(), wide);
  const float scale = round_to_e4m3(wide, bits);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float value = widened_e4m3(bits[i]) * scale;
    out[i] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
  }
}

}  // namespace

PackedMatrix::PackedMatrix(std::span<const TensorView> stacked, Precision precision) {
  check(!stacked.empty());
  inputs_ = static_cast<std::size_t>(stacked.front().shape.at(1));
  bool narrow = true;
  for (const TensorView& tensor : stacked) {
    check(tensor.shape.size() == 2 && static_cast<std::size_t>(tensor.shape[1]) == inputs_);
    outputs_ += static_cast<std::size_t>(tensor.shape[0]);
    narrow = narrow && tensor.dtype == DType::bf16;
  }
  if (precision == Precision::fp8) {
    pack(stacked, read_rounded_row, bf16_);
  } else if (narrow) {
    pack(stacked, read_bf16_row, bf16_);
  } else {
    pack(stacked, read_wide_row, f32_);
  }
}

template <class Element>
void PackedMatrix::pack(std::span<const TensorView> stacked, ReadRow<Element> read_row,
                        std::vector<Element>& packed) {
  packed.assign(panels() * inputs_ * kPanel, Element{0});
  std::vector<Element> row(inputs_);
  std::size_t output = 0;
  for (const TensorView& tensor : stacked) {
    for (std::size_t r = 0; r < static_cast<std::size_t>(tensor.shape[0]); ++r, ++output) {
      read_row(tensor, r, row);
      Element* column = packed.data() + output / kPanel * inputs_ * kPanel + output % kPanel;
      for (std::size_t d = 0; d < inputs_; ++d) column[d * kPanel] = row[d];
    }
  }
}

void PackedMatrix::multiply_panel(const Kernels& kernels, std::size_t panel, const float* a,
                                  std::size_t a_stride, std::size_t rows, float* out,
                                  std::size_t out_stride) const {
  const std::size_t first = panel * kPanel;
  const std::size_t columns = padded(std::min(kPanel, outputs_ - first));
  for (std::size_t depth = 0; depth < inputs_; depth += kDepthRun) {
    const Product product = {.a = a + depth,
                             .a_stride = a_stride,
                             .rows = rows,
                             .depth = std::min(kDepthRun, inputs_ - depth),
                             .panel_stride = kPanel,
                             .columns = columns,
                             .out = out + first,
                             .out_stride = out_stride};
    const std::size_t at = (panel * inputs_ + depth) * kPanel;
    if (bf16_.empty()) {
      kernels.multiply_f32(product, f32_.data() + at);
    } else {
      kernels.multiply_bf16(product, bf16_.data() + at);
    }
  }
}

}  // namespace proctor::engine::cpu
