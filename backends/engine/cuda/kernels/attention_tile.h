// The inner loop of attention: one warp, 16 query vectors, 16 positions at a time. For .cu files
// only.
#pragma once

#include <cmath>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/kv_tile.h"
#include "backends/engine/cuda/kernels/softmax_state.h"

namespace proctor::engine::cuda {

// A running softmax over the positions so far, of 16 vectors: in lane 4r + c, of vectors r and
// r + 8. `weights` is only the lane's share of the sum, until finish().
template <class Tile>
struct Stream16 {
  static constexpr int kDim = Tile::kHeadDim;

  float sums[kDim / 8][4];  // of weighted values, as the mma and the tile have them
  float largest[2];
  float weights[2];

  __device__ void clear() {
#pragma unroll
    for (int n = 0; n < kDim / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) sums[n][i] = 0;
    }
    largest[0] = largest[1] = -INFINITY;
    weights[0] = weights[1] = 0;
  }

  // The warp: takes 16 positions, the first of which is `position`; vector r sees those up to
  // limits[0], vector r + 8 up to limits[1]. scale: of the scores, in powers of 2.
  __device__ void take(const QueryFragments<kDim>& queries, const Tile& tile, int position,
                       const int (&limits)[2], float scale);

  // The warp: adds up the weights.
  __device__ void finish() {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      weights[i] += __shfl_xor_sync(kAllLanes, weights[i], 1);
      weights[i] += __shfl_xor_sync(kAllLanes, weights[i], 2);
    }
  }

 private:
  __device__ void weigh(float (&scores)[2][4]);
};

template <class Tile>
__device__ void Stream16<Tile>::take(const QueryFragments<kDim>& queries, const Tile& tile,
                                     int position, const int (&limits)[2], float scale) {
  float scores[2][4];
  tile.score(scores, queries);
  const int column = position + static_cast<int>(threadIdx.x) % 4 * 2;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const bool seen = column + half * 8 + i % 2 <= limits[i / 2];
      scores[half][i] = seen ? scores[half][i] * scale : -INFINITY;
    }
  }
  weigh(scores);
  // They lie as the mma leaves sums, which is how it takes a left operand of 16 columns.
  const std::uint32_t left[4] = {
      narrow_pair(scores[0][0], scores[0][1]), narrow_pair(scores[0][2], scores[0][3]),
      narrow_pair(scores[1][0], scores[1][1]), narrow_pair(scores[1][2], scores[1][3])};
  tile.add_values(sums, left);
}

// Scores become weights relative to the largest score so far, and what was summed is scaled to it.
template <class Tile>
__device__ void Stream16<Tile>::weigh(float (&scores)[2][4]) {
  float factors[2];
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float(&low)[4] = scores[0];
    float(&high)[4] = scores[1];
    float most = fmaxf(fmaxf(low[2 * r], low[2 * r + 1]), fmaxf(high[2 * r], high[2 * r + 1]));
    most = fmaxf(most, __shfl_xor_sync(kAllLanes, most, 1));
    most = fmaxf(most, __shfl_xor_sync(kAllLanes, most, 2));
    most = fmaxf(most, largest[r]);
    const float base = base_of(most);
    factors[r] = exp2_approximate(largest[r] - base);
    largest[r] = most;
#pragma unroll
    for (int i = 2 * r; i < 2 * r + 2; ++i) {
      low[i] = exp2_approximate(low[i] - base);
      high[i] = exp2_approximate(high[i] - base);
    }
    weights[r] = __fmaf_rn(weights[r], factors[r],
                           (low[2 * r] + low[2 * r + 1]) + (high[2 * r] + high[2 * r + 1]));
  }
  // Most steps bring no larger score, and times 1 is no change.
  if (__any_sync(kAllLanes, factors[0] != 1.0F || factors[1] != 1.0F) == 0) return;
#pragma unroll
  for (int n = 0; n < kDim / 8; ++n) {
#pragma unroll
    for (int i = 0; i < 4; ++i) sums[n][i] *= factors[i / 2];
  }
}

}  // namespace proctor::engine::cuda
