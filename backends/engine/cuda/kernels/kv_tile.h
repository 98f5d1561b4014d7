// Keys and values of 16 positions in shared memory, as a warp of attention takes them: in bf16
// here, in E4M3 in kv_tile_e4m3.h. For .cu files only.
//
// A tile says which channels the lanes hold of queries and sums. The inner order of its products is
// its own affair, as long as it is always the same.
#pragma once

#include "backends/engine/cuda/intrinsics.h"

namespace proctor::engine::cuda {

// Positions that a warp takes in one step; of a page each of the block's warps takes so many.
constexpr int kStepPositions = 16;

// The queries of a pack as a lane holds them: the left operand of the products with the keys.
template <int kDim>
struct QueryFragments {
  std::uint32_t parts[kDim / 16][4];
};

// Where the 16-byte piece `piece` of a row of kDim elements lies in a tile in shared memory: moved
// about so that 8 rows' pieces of one number fall into different banks.
template <int kDim>
__device__ int piece_at(int row, int piece) {
  static_assert(kDim % 32 == 0);
  const int turn = kDim % 64 == 0 ? row & 7 : row >> 1 & 3;
  return row * kDim + (piece ^ turn) * 8;
}

template <int kDim>
struct alignas(16) Bf16Tile {
  using Element = bf16;
  static constexpr int kHeadDim = kDim;
  // Steps that a warp's copies are ahead of its products, plus the one at hand.
  static constexpr int kStages = 3;

  bf16 keys[kStepPositions * kDim];
  bf16 values[kStepPositions * kDim];

  // The warp: starts the copies of 16 positions; of them `wanted` are stored, the others are zeros.
  __device__ void fetch(const bf16* from_keys, const bf16* from_values, int wanted);

  // The first of the two neighbouring channels that this lane holds in parts[step][2 * right] and
  // parts[step][2 * right + 1].
  static __device__ int query_channel(int step, int right) {
    return static_cast<int>(threadIdx.x) % 4 * 2 + step * 16 + right * 8;
  }

  // The warp: scores[h]: of positions 8h to 8h + 7, as the mma leaves sums.
  __device__ void score(float (&scores)[2][4], const QueryFragments<kDim>& queries) const;

  // The warp: sums += weights * values, the weights as the mma takes a left operand.
  __device__ void add_values(float (&sums)[kDim / 8][4], const std::uint32_t (&weights)[4]) const;

  // Stores the lane's sums of vector r (lower 0) or r + 8 (lower 1) into that vector's row of kDim.
  static __device__ void put_sums(float* row, const float (&sums)[kDim / 8][4], int lower) {
    float* const to = row + static_cast<int>(threadIdx.x) % 4 * 2;
#pragma unroll
    for (int n = 0; n < kDim / 8; ++n) {
      *reinterpret_cast<float2*>(to + n * 8) = {sums[n][lower * 2], sums[n][lower * 2 + 1]};
    }
  }
};

template <int kDim>
__device__ void Bf16Tile<kDim>::fetch(const bf16* from_keys, const bf16* from_values, int wanted) {
  constexpr int kPieces = kDim / 8;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
  for (int i = 0; i < kStepPositions * kPieces / kWarp; ++i) {
    const int at = lane + i * kWarp;
    const int row = at / kPieces;
    const int to = piece_at<kDim>(row, at % kPieces);
    copy_async(keys + to, from_keys + at * 8, row < wanted);
    copy_async(values + to, from_values + at * 8, row < wanted);
  }
}

template <int kDim>
__device__ void Bf16Tile<kDim>::score(float (&scores)[2][4],
                                      const QueryFragments<kDim>& queries) const {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  // Matrices: positions 0-7 of channels 0-7 and of 8-15, then positions 8-15 of both.
  const int row = lane / 16 * 8 + lane % 8;
  const int piece = lane / 8 % 2;
#pragma unroll
  for (int i = 0; i < 4; ++i) scores[0][i] = scores[1][i] = 0;
#pragma unroll
  for (int step = 0; step < kDim / 16; ++step) {
    std::uint32_t parts[4];
    load_matrices(parts, keys + piece_at<kDim>(row, step * 2 + piece));
    multiply_add_16x8x16(scores[0], queries.parts[step], parts[0], parts[1]);
    multiply_add_16x8x16(scores[1], queries.parts[step], parts[2], parts[3]);
  }
}

template <int kDim>
__device__ void Bf16Tile<kDim>::add_values(float (&sums)[kDim / 8][4],
                                           const std::uint32_t (&weights)[4]) const {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  // Matrices: channels 0-7 of positions 0-7 and of 8-15, then channels 8-15 of both.
  const int row = lane % 16;
  const int piece = lane / 16;
#pragma unroll
  for (int n = 0; n < kDim / 16; ++n) {
    std::uint32_t parts[4];
    load_matrices_transposed(parts, values + piece_at<kDim>(row, n * 2 + piece));
    multiply_add_16x8x16(sums[2 * n], weights, parts[0], parts[1]);
    multiply_add_16x8x16(sums[2 * n + 1], weights, parts[2], parts[3]);
  }
}

}  // namespace proctor::engine::cuda
