#include <cmath>

#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/round_rows.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kWarps = 4;

// The warp: the largest magnitude of a row. Bits are compared, by which a NaN is above all numbers.
__device__ float largest_of(const bf16* row, int depth) {
  unsigned largest = 0;
  for (int i = static_cast<int>(threadIdx.x); i < depth; i += kWarp) {
    const unsigned magnitude = row[i].bits & 0x7FFFU;
    largest = magnitude > largest ? magnitude : largest;
  }
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    const unsigned other = __shfl_xor_sync(kAllLanes, largest, distance);
    largest = other > largest ? other : largest;
  }
  return __uint_as_float(largest << 16);
}

// One warp a row.
__global__ void __launch_bounds__(kWarp* kWarps)
    round_rows_of(std::uint8_t* bits, float* scales, const bf16* weights, int rows, int depth) {
  const int row = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.y);
  if (row >= rows) return;
  const std::size_t first = static_cast<std::size_t>(row) * static_cast<std::size_t>(depth);
  const float largest = largest_of(weights + first, depth);
  const bool fits = static_cast<double>(largest) <= kLargestE4m3Bound;
  const float scale = fits ? e4m3_scale(static_cast<double>(largest)) : NAN;
  if (threadIdx.x == 0) scales[row] = scale;
  for (int i = static_cast<int>(threadIdx.x); i < depth; i += kWarp) {
    const float value = widen(weights[first + static_cast<std::size_t>(i)]);
    bits[first + e4m3_place(static_cast<std::size_t>(i))] = rounded_to_e4m3(value * (1.0F / scale));
  }
}

}  // namespace

void round_rows(DeviceSpan<std::uint8_t> bits, DeviceSpan<float> scales,
                DeviceSpan<const bf16> weights, int depth, Stream& stream) {
  check(depth > 0 && depth % kGroupDepth == 0 && bits.size() == weights.size());
  check(scales.size() * static_cast<std::size_t>(depth) == weights.size());
  const auto rows = static_cast<unsigned>(scales.size());
  const LaunchShape shape = {
      .grid = (rows + kWarps - 1) / kWarps, .block = dim3(kWarp, kWarps), .shared_bytes = 0};
  launch(stream, "round_rows", shape, round_rows_of, bits.data(), scales.data(), weights.data(),
         static_cast<int>(rows), depth);
}

}  // namespace proctor::engine::cuda
