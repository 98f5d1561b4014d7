// How the attention of a step is cut into work for the device. Host code, pure.
//
// A vector is one query head of one token; the vectors of a slice and a key-value head are counted
// (token 0, group head 0), (token 0, group head 1), ... and packed 16 at a time, the rows of one
// tensor-core tile: a decoding token and a run of a prompt are the same work. Positions are cut
// into chunks at absolute multiples of kChunkPositions. Which items there are does not change a bit
// of a vector's result (attention.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace proctor::engine::cuda {

constexpr int kChunkPositions = 512;
constexpr int kPackVectors = 16;

// A run of tokens of one sequence, whose keys and values are in the cache already.
struct AttentionSlice {
  std::int32_t first_row = 0;  // of the step's rows
  std::int32_t tokens = 0;     // at positions start, start + 1, ...; on the device 0: passed over
  std::int32_t start = 0;
  std::int32_t first_page = 0;  // where its page table begins among the step's
};

// A pack and consecutive chunks, for every key-value head.
struct AttentionItem {
  std::int32_t slice = 0;
  std::int32_t first_vector = 0;
  std::int32_t first_chunk = 0;
  std::int32_t chunks = 0;
  // Where its vectors' results go among the partial ones, or kWhole: to the output.
  std::int32_t partial = 0;
};

constexpr std::int32_t kWhole = -1;

// A pack whose chunks are taken apart, into parts that are items of their own: the first has one or
// more chunks, the others one each. Part p's results begin at partial + p * vectors.
struct AttentionMerge {
  std::int32_t slice = 0;
  std::int32_t first_vector = 0;
  std::int32_t vectors = 0;
  std::int32_t parts = 0;
  std::int32_t partial = 0;
};

struct AttentionPlan {
  std::vector<AttentionItem> items;  // longest first
  std::vector<AttentionMerge> merges;
  std::int32_t partials = 0;  // that are used, per key-value head
};

// What there is room and work for.
struct AttentionRoom {
  int group = 1;                  // query heads per key-value head
  std::int32_t max_partials = 0;  // partial results, per key-value head
  int at_a_time = 1;              // items that are computed together, per key-value head
};

// The items of all slices: a pack's chunks are taken apart while there is room for their results
// and its slice has few packs, so that the work spreads over the device; otherwise one item goes
// over them all.
//
// Of a pack that is taken apart up to three quarters stay together in the first part, but no more
// than half of what falls to each of those that compute: partial results cost memory traffic and
// each item a beginning, while the single chunks that are taken last are what evens the ends out.
AttentionPlan make_attention_plan(std::span<const AttentionSlice> slices,
                                  const AttentionRoom& room);

}  // namespace proctor::engine::cuda
