// Keys and values of 16 positions in E4M3, widened to bf16 in registers on their way into the
// products, which is exact. For .cu files only.
//
// Which channel is the k-th of a product, and which column of the sums is which channel, is free:
// they are dealt out so that what a lane needs of a row is one run of bytes. Lane 4r + c holds of
// each query and key the kDim / 4 channels from c * kDim / 4 on, and of the sums the kDim / 4
// channels from c * kDim / 4 on as well; of a value it reads the kDim / 8 from r * kDim / 8 on.
#pragma once

#include <cstdint>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/kv_tile.h"

namespace proctor::engine::cuda {

// Words that are loaded together.
template <int kWords>
struct alignas(4 * kWords) WordRun {
  std::uint32_t words[kWords];
};

template <int kDim>
struct alignas(16) E4m3Tile {
  using Element = std::uint8_t;
  static constexpr int kHeadDim = kDim;
  static constexpr int kStages = 6;  // as many bytes under way as with bf16

  std::uint8_t keys[kStepPositions * kDim];
  std::uint8_t values[kStepPositions * kDim];

  // As those of Bf16Tile.
  __device__ void fetch(const std::uint8_t* from_keys, const std::uint8_t* from_values, int wanted);
  static __device__ int query_channel(int step, int right) {
    return static_cast<int>(threadIdx.x) % 4 * (kDim / 4) + step * 4 + right * 2;
  }
  __device__ void score(float (&scores)[2][4], const QueryFragments<kDim>& queries) const;
  __device__ void add_values(float (&sums)[kDim / 8][4], const std::uint32_t (&weights)[4]) const;
  static __device__ void put_sums(float* row, const float (&sums)[kDim / 8][4], int lower);

 private:
  // Where a byte of a row lies. 16 bytes stay together; they are moved about so that the rows that
  // lanes read at a time fall into different banks.
  static __device__ int byte_at(int position, int channel) {
    constexpr int kPieces = kDim / 16;
    static_assert(kPieces % 2 == 0);
    const int turn = kPieces % 8 == 0   ? position & 7
                     : kPieces % 4 == 0 ? position >> 1 & 3
                                        : position >> 2 & 1;
    return position * kDim + ((channel / 16) ^ turn) * 16 + channel % 16;
  }
  // The words of a row from `channel` on.
  template <int kWords>
  static __device__ void load_words(std::uint32_t (&words)[kWords], const std::uint8_t* rows,
                                    int position, int channel) {
    constexpr int kTogether = kWords % 4 == 0 ? 4 : kWords % 2 == 0 ? 2 : 1;
#pragma unroll
    for (int i = 0; i < kWords; i += kTogether) {
      const auto run =
          *reinterpret_cast<const WordRun<kTogether>*>(rows + byte_at(position, channel + i * 4));
#pragma unroll
      for (int k = 0; k < kTogether; ++k) words[i + k] = run.words[k];
    }
  }
};

template <int kDim>
__device__ void E4m3Tile<kDim>::fetch(const std::uint8_t* from_keys,
                                      const std::uint8_t* from_values, int wanted) {
  constexpr int kPieces = kDim / 16;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
  for (int i = 0; i < kStepPositions * kPieces / kWarp; ++i) {
    const int at = lane + i * kWarp;
    const int row = at / kPieces;
    const int to = byte_at(row, at % kPieces * 16);
    copy_async(keys + to, from_keys + at * 16, row < wanted);
    copy_async(values + to, from_values + at * 16, row < wanted);
  }
}

template <int kDim>
__device__ void E4m3Tile<kDim>::score(float (&scores)[2][4],
                                      const QueryFragments<kDim>& queries) const {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    std::uint32_t words[kDim / 16];
    load_words(words, keys, half * 8 + lane / 4, lane % 4 * (kDim / 4));
#pragma unroll
    for (int i = 0; i < 4; ++i) scores[half][i] = 0;
#pragma unroll
    for (int step = 0; step < kDim / 16; ++step) {
      multiply_add_16x8x16(scores[half], queries.parts[step],
                           widen_e4m3(__byte_perm(words[step], 0, 0x1404)),
                           widen_e4m3(__byte_perm(words[step], 0, 0x3424)));
    }
  }
}

template <int kDim>
__device__ void E4m3Tile<kDim>::add_values(float (&sums)[kDim / 8][4],
                                           const std::uint32_t (&weights)[4]) const {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  std::uint32_t words[4][kDim / 32];  // of positions 2c, 2c + 1, 2c + 8 and 2c + 9
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    load_words(words[i], values, lane % 4 * 2 + i % 2 + i / 2 * 8, lane / 4 * (kDim / 8));
  }
#pragma unroll
  for (int n = 0; n < kDim / 8; ++n) {
    // Byte n % 4 of two positions.
    const unsigned pick = static_cast<unsigned>((n % 4) << 4 | (4 + n % 4) << 12);
    multiply_add_16x8x16(sums[n], weights,
                         widen_e4m3(__byte_perm(words[0][n / 4], words[1][n / 4], pick)),
                         widen_e4m3(__byte_perm(words[2][n / 4], words[3][n / 4], pick)));
  }
}

template <int kDim>
__device__ void E4m3Tile<kDim>::put_sums(float* row, const float (&sums)[kDim / 8][4], int lower) {
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    float* const to = row + (static_cast<int>(threadIdx.x) % 4 * 2 + i) * (kDim / 8);
#pragma unroll
    for (int n = 0; n < kDim / 8; n += 4) {
      *reinterpret_cast<float4*>(to + n) = {sums[n][lower * 2 + i], sums[n + 1][lower * 2 + i],
                                            sums[n + 2][lower * 2 + i], sums[n + 3][lower * 2 + i]};
    }
  }
}

}  // namespace proctor::engine::cuda
