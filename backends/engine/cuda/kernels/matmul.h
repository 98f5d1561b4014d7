// out = x times the transpose of weight, plus bias: the projections and the lm_head.
//
// Batch-invariant: an element's sum runs over the depth in steps of 16 from 0, in one chain of fp32
// accumulators, whatever the number of rows and the tile that holds it. Where cuBLASLt has an
// algorithm of which that can be shown it is faster; this one is right on every device.
#pragma once

#include <span>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"

namespace proctor::engine::cuda {

// x: [rows, depth]; weight: [columns, depth], row-major as checkpoints have it; bias: [columns] or
// empty. All bf16, aligned to 16 bytes, the depth a multiple of 8.
struct MatmulOperands {
  DeviceSpan<const bf16> x;
  DeviceSpan<const bf16> weight;
  DeviceSpan<const bf16> bias;
  int depth = 0;
};

// out: [rows, columns], which sizes say; not among the operands. The sum and the bias are added in
// fp32 and rounded once, to bf16 or not at all.
void matmul(DeviceSpan<bf16> out, const MatmulOperands& operands, Stream& stream);
void matmul(DeviceSpan<float> out, const MatmulOperands& operands, Stream& stream);

// The meaning of one element: the sum over the depth of x * weight.
double matmul_reference(std::span<const double> x, std::span<const double> weight);

}  // namespace proctor::engine::cuda
