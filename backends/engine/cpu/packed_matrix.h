// A weight matrix [out, in] laid out for the kernels: panels of 64 output columns, each a run of
// [in][64], so that one pass over a panel reads memory in order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backends/engine/checkpoint/tensor.h"
#include "backends/engine/cpu/kernels.h"
#include "backends/engine/precision.h"

namespace proctor::engine::cpu {

class PackedMatrix {
 public:
  PackedMatrix() = default;
  // Stacks matrices of the same input width on top of each other, as one with all their outputs.
  // Keeps bf16 if all are bf16 and f32 otherwise; both hold the weights exactly. With fp8 weights
  // are what round_to_e4m3() makes of them, which bf16 holds exactly.
  explicit PackedMatrix(std::span<const TensorView> stacked, Precision precision = Precision::full);

  std::size_t outputs() const { return outputs_; }
  std::size_t inputs() const { return inputs_; }
  std::size_t panels() const { return (outputs_ + kPanel - 1) / kPanel; }
  std::size_t bytes() const {
    return f32_.size() * sizeof(float) + bf16_.size() * sizeof(std::uint16_t);
  }

  // out[r][c] += (a x this^T)[r][c] for the columns of one panel, all rows of a. `out` points to
  // the row's first column; its rows must have room for padded(outputs()).
  void multiply_panel(const Kernels& kernels, std::size_t panel, const float* a,
                      std::size_t a_stride, std::size_t rows, float* out,
                      std::size_t out_stride) const;

 private:
  template <class Element>
  using ReadRow = void (*)(const TensorView& tensor, std::size_t row, std::vector<Element>& out);
  template <class Element>
  void pack(std::span<const TensorView> stacked, ReadRow<Element> read_row,
            std::vector<Element>& packed);

  std::size_t outputs_ = 0;
  std::size_t inputs_ = 0;
  std::vector<float> f32_;  // one of the two is filled: [panels][inputs][kPanel]
  std::vector<std::uint16_t> bf16_;
};

}  // namespace proctor::engine::cpu
