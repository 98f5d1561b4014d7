// Sums over a warp and over a block, in an order that is always the same. For .cu files only.
#pragma once

#include "backends/engine/cuda/intrinsics.h"

namespace proctor::engine::cuda {

// The warp: of all lanes' values, as a butterfly; the same bits in every lane.
__device__ inline float warp_sum(float value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, distance);
  }
  return value;
}

// The block, of `Warps` warps: each warp's sum, added in the order of the warps. `parts` is shared
// memory that nobody reads any more.
template <int Warps>
__device__ float block_sum(float value, float (&parts)[Warps]) {
  const int thread = static_cast<int>(threadIdx.x);
  const float mine = warp_sum(value);
  if (thread % kWarp == 0) parts[thread / kWarp] = mine;
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < Warps; ++i) sum += parts[i];
  return sum;
}

}  // namespace proctor::engine::cuda
