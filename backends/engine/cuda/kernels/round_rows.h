// Rounds the weights of a matrix to E4M3, with a scale for each of its outputs, and lays them out
// as matmul() takes them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"

namespace proctor::engine::cuda {

// Weights of so many inputs are a group, the layout's unit: one group holds what a tensor core
// takes in four steps, ordered so that a lane finds its share of them in 16 consecutive bytes.
constexpr int kGroupDepth = 64;

// Where the weight of input `depth` lies in its row. Of the 16 inputs of a step, lane 4r + c takes
// 2c, 2c + 1, 2c + 8 and 2c + 9 (intrinsics.h, multiply_add_16x8x16).
constexpr std::size_t e4m3_place(std::size_t depth) {
  const std::size_t within = depth % kGroupDepth;
  const std::size_t step = within / 16;
  const std::size_t of_step = within % 16;
  const std::size_t lane = of_step % 8 / 2;
  return depth - within + lane * 16 + step * 4 + of_step / 8 * 2 + of_step % 2;
}

// weights: [rows, depth], aligned to 4 bytes, the depth a multiple of kGroupDepth. bits: as many,
// in their places; scales: [rows]. A row is rounded as round_to_e4m3() does it (checkpoint/e4m3.h),
// its scale being a NaN if one of its weights is none or too large.
void round_rows(DeviceSpan<std::uint8_t> bits, DeviceSpan<float> scales,
                DeviceSpan<const bf16> weights, int depth, Stream& stream);

}  // namespace proctor::engine::cuda
