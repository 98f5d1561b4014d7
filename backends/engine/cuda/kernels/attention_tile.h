// The inner loop of attention: one warp, 16 query vectors, 16 positions at a time. For .cu files
// only.
#pragma once

#include <cmath>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/softmax_state.h"

namespace proctor::engine::cuda {

// Positions that a warp takes in one step; of a page each of the block's warps takes so many.
constexpr int kStepPositions = 16;

// Where the 16-byte piece `piece` of a row of kDim elements lies in a tile in shared memory: moved
// about so that 8 rows' pieces of one number fall into different banks.
template <int kDim>
__device__ int piece_at(int row, int piece) {
  static_assert(kDim % 32 == 0);
  const int turn = kDim % 64 == 0 ? row & 7 : row >> 1 & 3;
  return row * kDim + (piece ^ turn) * 8;
}

// Keys and values of 16 positions.
template <int kDim>
struct alignas(16) KvTile {
  bf16 keys[kStepPositions * kDim];
  bf16 values[kStepPositions * kDim];
};

// The warp: starts the copies of 16 positions; of them `wanted` are stored, the others are zeros.
template <int kDim>
__device__ void fetch(KvTile<kDim>& tile, const bf16* keys, const bf16* values, int wanted) {
  constexpr int kPieces = kDim / 8;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
  for (int i = 0; i < kStepPositions * kPieces / kWarp; ++i) {
    const int at = lane + i * kWarp;
    const int row = at / kPieces;
    const int to = piece_at<kDim>(row, at % kPieces);
    copy_async(tile.keys + to, keys + at * 8, row < wanted);
    copy_async(tile.values + to, values + at * 8, row < wanted);
  }
}

// The queries of a pack as a lane holds them: the left operand of the products with the keys.
template <int kDim>
struct QueryFragments {
  std::uint32_t parts[kDim / 16][4];
};

// A running softmax over the positions so far, of 16 vectors: in lane 4r + c, of vectors r and
// r + 8. `weights` is only the lane's share of the sum, until finish().
template <int kDim>
struct Stream16 {
  float sums[kDim / 8][4];  // of weighted values; [n]: channels 8n to 8n + 7, as the mma has them
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
  __device__ void take(const QueryFragments<kDim>& queries, const KvTile<kDim>& tile, int position,
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
  __device__ void score(float (&scores)[2][4], const QueryFragments<kDim>& queries,
                        const KvTile<kDim>& tile) const;
  __device__ void weigh(float (&scores)[2][4]);
  __device__ void add_values(const float (&weights_of)[2][4], const KvTile<kDim>& tile);
};

template <int kDim>
__device__ void Stream16<kDim>::take(const QueryFragments<kDim>& queries, const KvTile<kDim>& tile,
                                     int position, const int (&limits)[2], float scale) {
  float scores[2][4];
  score(scores, queries, tile);
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
  add_values(scores, tile);
}

// scores[h]: of positions 8h to 8h + 7, as the mma leaves sums.
template <int kDim>
__device__ void Stream16<kDim>::score(float (&scores)[2][4], const QueryFragments<kDim>& queries,
                                      const KvTile<kDim>& tile) const {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  // Matrices: positions 0-7 of channels 0-7 and of 8-15, then positions 8-15 of both.
  const int row = lane / 16 * 8 + lane % 8;
  const int piece = lane / 8 % 2;
#pragma unroll
  for (int i = 0; i < 4; ++i) scores[0][i] = scores[1][i] = 0;
#pragma unroll
  for (int step = 0; step < kDim / 16; ++step) {
    std::uint32_t keys[4];
    load_matrices(keys, tile.keys + piece_at<kDim>(row, step * 2 + piece));
    multiply_add_16x8x16(scores[0], queries.parts[step], keys[0], keys[1]);
    multiply_add_16x8x16(scores[1], queries.parts[step], keys[2], keys[3]);
  }
}

// Scores become weights relative to the largest score so far, and what was summed is scaled to it.
template <int kDim>
__device__ void Stream16<kDim>::weigh(float (&scores)[2][4]) {
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

// The weights lie as the mma leaves sums, which is how it takes a left operand of 16 columns.
template <int kDim>
__device__ void Stream16<kDim>::add_values(const float (&weights_of)[2][4],
                                           const KvTile<kDim>& tile) {
  const std::uint32_t left[4] = {narrow_pair(weights_of[0][0], weights_of[0][1]),
                                 narrow_pair(weights_of[0][2], weights_of[0][3]),
                                 narrow_pair(weights_of[1][0], weights_of[1][1]),
                                 narrow_pair(weights_of[1][2], weights_of[1][3])};
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  // Matrices: channels 0-7 of positions 0-7 and of 8-15, then channels 8-15 of both.
  const int row = lane % 16;
  const int piece = lane / 16;
#pragma unroll
  for (int n = 0; n < kDim / 16; ++n) {
    std::uint32_t values[4];
    load_matrices_transposed(values, tile.values + piece_at<kDim>(row, n * 2 + piece));
    multiply_add_16x8x16(sums[2 * n], left, values[0], values[1]);
    multiply_add_16x8x16(sums[2 * n + 1], left, values[2], values[3]);
  }
}

}  // namespace proctor::engine::cuda
