// What a block of attention does with a pack of vectors: each of its warps runs a stream over its
// part of a chunk's positions, and the block merges the streams. For .cu files only.
#pragma once

#include <cmath>
#include <cstddef>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/attention_pack.h"
#include "backends/engine/cuda/kernels/attention_queue.h"
#include "backends/engine/cuda/kernels/attention_tile.h"
#include "backends/engine/cuda/kernels/kv_layout.h"
#include "backends/engine/cuda/kernels/softmax_state.h"

namespace proctor::engine::cuda {

constexpr int kAttentionWarps = kPagePositions / kStepPositions;
constexpr int kAttentionThreads = kAttentionWarps * kWarp;
constexpr int kBlocksPerProcessor = 2;  // what the shared memory of the stages leaves room for
constexpr int kThreadsPerVector = kAttentionThreads / kPackVectors;

struct AttentionArguments {
  bf16* out;
  const bf16* qkv;
  int qkv_stride;
  const void* cache;
  int heads;
  KvLayout layout;
  AttentionQueue queue;
  float* partial_sums;
  float* partial_softmax;
  float scale;                // of scores, in powers of 2
  const float* value_scales;  // of the layer's channels; null: 1
};

// A warp's sums of a chunk, one row a vector; padded, so that rows begin in different banks.
template <int kDim>
struct WarpSums {
  float rows[kPackVectors][kDim + 8];
};

// A warp needs its sums' memory only when it has done with its tiles.
template <class Tile>
union WarpMemory {
  Tile tiles[Tile::kStages];
  WarpSums<Tile::kHeadDim> sums;
};

template <class Tile>
struct AttentionShared {
  WarpMemory<Tile> warps[kAttentionWarps];
  float largest[kAttentionWarps][kPackVectors];
  float weights[kAttentionWarps][kPackVectors];
  Assignment work[2];  // what the block is at and what is next, by turns
};

// As the mma takes its left operand; zeros for vectors past the last.
template <class Tile>
__device__ void load_queries(QueryFragments<Tile::kHeadDim>& queries,
                             const AttentionArguments& arguments, const Pack& pack) {
  constexpr int kDim = Tile::kHeadDim;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
  for (int lower = 0; lower < 2; ++lower) {
    const int vector = lane / 4 + lower * 8;
    const bool real = vector < pack.vectors;
    const bf16* from = arguments.qkv + (real ? pack.at(vector, arguments.qkv_stride, kDim) : 0);
#pragma unroll
    for (int step = 0; step < kDim / 16; ++step) {
#pragma unroll
      for (int right = 0; right < 2; ++right) {
        const auto* pair =
            reinterpret_cast<const std::uint32_t*>(from + Tile::query_channel(step, right));
        queries.parts[step][right * 2 + lower] = real ? *pair : 0;
      }
    }
  }
}

// The warp: its stream of a chunk, 16 positions of each page; lane i names page i. While the first
// tiles are on their way it does what `meanwhile` does, after which there are queries.
template <class Tile, class Meanwhile>
__device__ void run_stream(Stream16<Tile>& stream, WarpMemory<Tile>& memory,
                           const AttentionArguments& arguments, const Pack& pack,
                           const QueryFragments<Tile::kHeadDim>& queries, int chunk,
                           std::int32_t page_of_lane, Meanwhile meanwhile) {
  using Element = typename Tile::Element;
  constexpr int kStages = Tile::kStages;
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % kWarp;
  const int in_page = thread / kWarp * kStepPositions;
  const int first = chunk * kChunkPositions + in_page;
  const int last = pack.position_of(pack.vectors - 1);
  const int steps = last < first ? 0 : min(kChunkPages, (last - first) / kPagePositions + 1);
  const auto fetch_step = [&](int step) {
    if (step < steps) {
      const auto page = static_cast<std::int32_t>(
          __shfl_sync(kAllLanes, static_cast<unsigned>(page_of_lane), step));
      const Element* keys = static_cast<const Element*>(arguments.cache) +
                            arguments.layout.keys_at(page, pack.head) +
                            static_cast<std::size_t>(in_page * Tile::kHeadDim);
      memory.tiles[step % kStages].fetch(keys, keys + arguments.layout.values_offset(),
                                         last - (first + step * kPagePositions) + 1);
    }
    end_copy_group();
  };
#pragma unroll
  for (int step = 0; step < kStages - 1; ++step) fetch_step(step);
  meanwhile();
  const int limits[2] = {pack.position_of(lane / 4), pack.position_of(lane / 4 + 8)};
  stream.clear();
  for (int step = 0; step < steps; ++step) {
    wait_for_copy_groups<kStages - 2>();
    __syncwarp();  // the tile is there for all lanes, and all have done with the one before
    fetch_step(step + kStages - 1);
    stream.take(queries, memory.tiles[step % kStages], first + step * kPagePositions, limits,
                arguments.scale);
  }
  wait_for_copy_groups<0>();
  __syncwarp();
  stream.finish();
}

// The warp: leaves its stream where the block can merge it.
template <class Tile>
__device__ void put_stream(AttentionShared<Tile>& shared, const Stream16<Tile>& stream) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
  for (int lower = 0; lower < 2; ++lower) {
    const int vector = lane / 4 + lower * 8;
    Tile::put_sums(shared.warps[warp].sums.rows[vector], stream.sums, lower);
    if (lane % 4 == 0) {
      shared.largest[warp][vector] = stream.largest[lower];
      shared.weights[warp][vector] = stream.weights[lower];
    }
  }
}

// A thread's share of a vector's result: columns c, c + kThreadsPerVector, ...
template <int kDim>
struct Share {
  static constexpr int kColumns = kDim / kThreadsPerVector;

  float sums[kColumns];
  float largest = -INFINITY;
  float weights = 0;

  __device__ void clear() {
#pragma unroll
    for (int i = 0; i < kColumns; ++i) sums[i] = 0;
    largest = -INFINITY;
    weights = 0;
  }
  __device__ void merge_with(float new_largest, float new_weights, const float* new_sums,
                             int new_stride) {
    const MergeFactors factors = merge(largest, weights, new_largest, new_weights);
#pragma unroll
    for (int i = 0; i < kColumns; ++i) sums[i] = merged(factors, sums[i], new_sums[i * new_stride]);
  }
};

// The block's streams of one chunk, in order, and the chunk into `whole`.
template <class Tile>
__device__ void merge_chunk(Share<Tile::kHeadDim>& whole, const AttentionShared<Tile>& shared) {
  const int vector = static_cast<int>(threadIdx.x) / kThreadsPerVector;
  const int column = static_cast<int>(threadIdx.x) % kThreadsPerVector;
  Share<Tile::kHeadDim> chunk;
  chunk.clear();
#pragma unroll
  for (int warp = 0; warp < kAttentionWarps; ++warp) {
    chunk.merge_with(shared.largest[warp][vector], shared.weights[warp][vector],
                     shared.warps[warp].sums.rows[vector] + column, kThreadsPerVector);
  }
  whole.merge_with(chunk.largest, chunk.weights, chunk.sums, 1);
}

// By which a head's channel of a result is multiplied. A power of two, often 1: it changes no bit.
__device__ inline float value_scale(const float* scales, int head, int head_dim, int column) {
  return scales == nullptr ? 1.0F : scales[head * head_dim + column];
}

template <int kDim>
__device__ void put_result(const AttentionArguments& arguments, const Pack& pack,
                           std::int32_t partial, const Share<kDim>& whole) {
  const int vector = static_cast<int>(threadIdx.x) / kThreadsPerVector;
  const int column = static_cast<int>(threadIdx.x) % kThreadsPerVector;
  if (vector >= pack.vectors) return;
  if (partial == kWhole) {
    bf16* to = arguments.out + pack.at(vector, arguments.heads * kDim, kDim) + column;
#pragma unroll
    for (int i = 0; i < Share<kDim>::kColumns; ++i) {
      const float scale =
          value_scale(arguments.value_scales, pack.head, kDim, column + i * kThreadsPerVector);
      to[i * kThreadsPerVector] = narrow(whole.sums[i] / whole.weights * scale);
    }
    return;
  }
  const std::size_t slot = static_cast<std::size_t>(partial + vector) *
                               static_cast<std::size_t>(arguments.layout.kv_heads) +
                           static_cast<std::size_t>(pack.head);
#pragma unroll
  for (int i = 0; i < Share<kDim>::kColumns; ++i) {
    arguments.partial_sums[slot * kDim + static_cast<std::size_t>(column + i * kThreadsPerVector)] =
        whole.sums[i];
  }
  if (column == 0) {
    arguments.partial_softmax[slot * 2] = whole.largest;
    arguments.partial_softmax[slot * 2 + 1] = whole.weights;
  }
}

}  // namespace proctor::engine::cuda
