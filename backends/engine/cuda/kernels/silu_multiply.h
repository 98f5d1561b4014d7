// The gate of a SwiGLU block (Shazeer 2020, arXiv:2002.05202): out = silu(gate) * up, elementwise,
// with silu(x) = x / (1 + e^-x).
#pragma once

#include <span>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"

namespace proctor::engine::cuda {

// gate_up: [rows, 2 * width] bf16, each row the gate's part and then up's, as one product of
// matrices leaves them; out: [rows, width], not within gate_up. fp32 inside, rounded once. `width`
// is a multiple of 8; all memory is aligned to 16 bytes.
void silu_multiply(DeviceSpan<bf16> out, DeviceSpan<const bf16> gate_up, int width, Stream& stream);

// The meaning, of one row: gate, up and out have equal lengths.
void silu_multiply_reference(std::span<double> out, std::span<const double> gate,
                             std::span<const double> up);

}  // namespace proctor::engine::cuda
