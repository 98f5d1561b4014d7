// RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467) and what comes right before it: the
// embedding, or the sum with a block's output. out = x / sqrt(mean(x^2) + eps) * weight.
//
// All matrices are row-major bf16 on the device, aligned to 16 bytes; `hidden`, the width of a row,
// is weight.size(), a multiple of 8. The residual stream is bf16; sums of squares and products are
// fp32, rounded once. One block computes a row in an order that depends on `hidden` alone.
#pragma once

#include <cstdint>
#include <span>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"

namespace proctor::engine::cuda {

// residual[i] = table[tokens[i]], out[i] = its norm. residual, out: [tokens, hidden]; table:
// [vocabulary, hidden]. Every token must be a row of the table.
void embed_rms_norm(DeviceSpan<bf16> out, DeviceSpan<bf16> residual,
                    DeviceSpan<const std::int32_t> tokens, DeviceSpan<const bf16> table,
                    DeviceSpan<const bf16> weight, float eps, Stream& stream);

// residual += delta, rounded to bf16; out = the norm of that. All [rows, hidden]; `rows` is taken
// from residual.size(). out may be delta.
void add_rms_norm(DeviceSpan<bf16> out, DeviceSpan<bf16> residual, DeviceSpan<const bf16> delta,
                  DeviceSpan<const bf16> weight, float eps, Stream& stream);

// out[i] = the norm of residual[rows[i]] + delta[rows[i]], the sum rounded to bf16: the last norm
// of a model, for the rows whose logits are wanted. out: [rows.size(), hidden] and neither input.
void gather_add_rms_norm(DeviceSpan<bf16> out, DeviceSpan<const bf16> residual,
                         DeviceSpan<const bf16> delta, DeviceSpan<const std::int32_t> rows,
                         DeviceSpan<const bf16> weight, float eps, Stream& stream);

// The meaning, in double and of one row: out[i] = x[i] / sqrt(mean(x^2) + eps) * weight[i].
void rms_norm_reference(std::span<double> out, std::span<const double> x,
                        std::span<const double> weight, double eps);

}  // namespace proctor::engine::cuda
