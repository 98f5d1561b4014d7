// out = x times the transpose of weight, plus bias: the projections and the lm_head.
//
// Batch-invariant: an element's sum runs over the depth in steps of 16 from 0, in one chain of fp32
// accumulators, whatever the number of rows and the tile that holds it. Where cuBLASLt has an
// algorithm of which that can be shown it is faster; this one is right on every device.
#pragma once

#include <cstdint>
#include <span>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"

namespace proctor::engine::cuda {

// A matrix of weights, [columns, depth]: in bf16, row-major as checkpoints have it, or else in E4M3
// as round_rows() leaves it, each row to be multiplied by its scale.
struct WeightSpans {
  WeightSpans() = default;
  WeightSpans(DeviceSpan<const bf16> wide_) : wide(wide_) {}
  WeightSpans(DeviceSpan<const std::uint8_t> narrow_, DeviceSpan<const float> scales_)
      : narrow(narrow_), scales(scales_) {}

  bool in_e4m3() const { return !narrow.empty(); }
  std::size_t size() const { return in_e4m3() ? narrow.size() : wide.size(); }

  DeviceSpan<const bf16> wide;
  DeviceSpan<const std::uint8_t> narrow;
  DeviceSpan<const float> scales;  // [columns], powers of two or NaNs
};

// x: [rows, depth] bf16; weight: [columns, depth]; bias: [columns] bf16, or empty. Aligned to 16
// bytes, the depth a multiple of 8; of kGroupDepth, for weights in E4M3.
struct MatmulOperands {
  DeviceSpan<const bf16> x;
  WeightSpans weight;
  DeviceSpan<const bf16> bias;
  int depth = 0;
};

// out: [rows, columns], which sizes say; not among the operands. The sum and the bias are added in
// fp32 and rounded once, to bf16 or not at all. Weights in E4M3 are widened to bf16, exactly, and
// the sums are scaled: the same bits as of the matrix in bf16 that they stand for.
void matmul(DeviceSpan<bf16> out, const MatmulOperands& operands, Stream& stream);
void matmul(DeviceSpan<float> out, const MatmulOperands& operands, Stream& stream);

// The meaning of one element: the sum over the depth of x * weight.
double matmul_reference(std::span<const double> x, std::span<const double> weight);

}  // namespace proctor::engine::cuda
