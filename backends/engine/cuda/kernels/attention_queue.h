// How the blocks of attention come by their work. Each draws tickets, and what it takes next is
// known while it is still at the item before: between two items it waits for their first tiles and
// for nothing else. For .cu files only.
#pragma once

#include <cstdint>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/attention_pack.h"
#include "backends/engine/cuda/kernels/attention_plan.h"
#include "backends/engine/cuda/kernels/kv_layout.h"

namespace proctor::engine::cuda {

constexpr int kChunkPages = kChunkPositions / kPagePositions;

// The items of a step.
struct AttentionQueue {
  const AttentionSlice* slices;
  const std::int32_t* pages;  // the page tables, one after another
  const AttentionItem* items;
  unsigned works;  // items by key-value heads
  unsigned* tickets;
  int group;
  int kv_heads;
};

// An item for one key-value head, and the pages of its first chunk.
struct Assignment {
  Pack pack;
  int first_chunk;
  int chunks;  // 0: there is no more work
  std::int32_t partial;
  std::int32_t pages[kChunkPages];
};

// Lane i gets the chunk's page i; what those past the last page that the pack sees get means
// nothing. The pack sees some of the chunk.
__device__ inline std::int32_t page_of_lane(const AttentionQueue& queue, const Pack& pack,
                                            int chunk) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int seen = pack.position_of(pack.vectors - 1) - chunk * kChunkPositions;
  const int known = min(lane, min(kChunkPages - 1, seen / kPagePositions));
  return queue.pages[pack.slice.first_page + chunk * kChunkPages + known];
}

// The warp. A block's first ticket is its own number, which it need not wait for.
__device__ inline unsigned draw_ticket(const AttentionQueue& queue) {
  unsigned ticket = 0;
  if (threadIdx.x % kWarp == 0) ticket = gridDim.x + atomicAdd(queue.tickets, 1U);
  return __shfl_sync(kAllLanes, ticket, 0);
}

// The warp: what the ticket stands for; if its slice is passed over, what the next one does.
__device__ inline void assign(Assignment& to, const AttentionQueue& queue, unsigned ticket) {
  const auto kv_heads = static_cast<unsigned>(queue.kv_heads);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  AttentionItem item;
  Pack pack = {};
  for (bool found = false; !found && ticket < queue.works;) {
    item = queue.items[ticket / kv_heads];
    if (item.chunks == 0) break;  // as all that follow
    pack.slice = queue.slices[item.slice];
    pack.head = static_cast<int>(ticket % kv_heads);
    found = pack.slice.tokens > 0;
    if (!found) {
      item.chunks = 0;
      ticket = draw_ticket(queue);
    }
  }
  if (item.chunks > 0) {
    pack.group = queue.group;
    pack.first = item.first_vector;
    pack.vectors = min(kPackVectors, pack.slice.tokens * pack.group - item.first_vector);
    const std::int32_t page = page_of_lane(queue, pack, item.first_chunk);
    if (lane < kChunkPages) to.pages[lane] = page;
  }
  if (lane != 0) return;
  to.pack = pack;
  to.first_chunk = item.first_chunk;
  to.chunks = item.chunks;
  to.partial = item.partial;
}

// The block, once it has found none. The last one to do so makes the tickets ready for the next
// launch: all others have drawn theirs.
__device__ inline void leave(const AttentionQueue& queue) {
  if (threadIdx.x == 0 && atomicAdd(queue.tickets + 1, 1U) == gridDim.x - 1) {
    queue.tickets[0] = 0;
    queue.tickets[1] = 0;
  }
}

}  // namespace proctor::engine::cuda
