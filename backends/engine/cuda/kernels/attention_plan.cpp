#include "backends/engine/cuda/kernels/attention_plan.h"

#include <algorithm>

#include "harness/core/check.h"

namespace proctor::engine::cuda {
namespace {

// A slice with as many packs as this keeps the device busy without its chunks being taken apart,
// and would need the most room for partial results.
constexpr std::int32_t kManyPacks = 8;

std::int32_t packs_of(const AttentionSlice& slice, int group) {
  return (slice.tokens * group + kPackVectors - 1) / kPackVectors;
}

// That the vectors up to one of the slice's see.
std::int32_t chunks_of(const AttentionSlice& slice, int group, std::int32_t vector) {
  return (slice.start + vector / group) / kChunkPositions + 1;
}

// The most chunks of a first part.
std::int32_t longest_part(std::span<const AttentionSlice> slices, const AttentionRoom& room) {
  std::int64_t chunks = 0;
  for (const AttentionSlice& slice : slices) {
    chunks += std::int64_t{packs_of(slice, room.group)} *
              chunks_of(slice, room.group, slice.tokens * room.group - 1);
  }
  return static_cast<std::int32_t>(chunks / (2 * room.at_a_time));
}

}  // namespace

AttentionPlan make_attention_plan(std::span<const AttentionSlice> slices,
                                  const AttentionRoom& room) {
  check(room.group > 0 && room.max_partials >= 0 && room.at_a_time > 0);
  const std::int32_t longest = longest_part(slices, room);
  AttentionPlan plan;
  std::vector<AttentionItem> single;  // chunks
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const AttentionSlice& slice = slices[i];
    check(slice.tokens > 0 && slice.start >= 0);
    const bool many = packs_of(slice, room.group) >= kManyPacks;
    const std::int32_t all = slice.tokens * room.group;
    for (std::int32_t first = 0; first < all; first += kPackVectors) {
      const std::int32_t vectors = std::min(kPackVectors, all - first);
      const std::int32_t chunks = chunks_of(slice, room.group, first + vectors - 1);
      const auto place = static_cast<std::int32_t>(i);
      const std::int32_t together = std::max(1, std::min(chunks * 3 / 4, longest));
      const std::int32_t parts = chunks - together + 1;
      const bool apart =
          chunks > 1 && !many && std::int64_t{parts} * vectors <= room.max_partials - plan.partials;
      if (!apart) {
        plan.items.push_back({place, first, 0, chunks, kWhole});
        continue;
      }
      plan.merges.push_back({place, first, vectors, parts, plan.partials});
      for (std::int32_t part = 0; part < parts; ++part) {
        const std::int32_t length = part == 0 ? together : 1;
        auto& items = length == 1 ? single : plan.items;
        items.push_back({place, first, part == 0 ? 0 : together + part - 1, length, plan.partials});
        plan.partials += vectors;
      }
    }
  }
  // The device takes items in this order: the long ones must not come last.
  std::ranges::stable_sort(plan.items, std::ranges::greater{}, &AttentionItem::chunks);
  plan.items.insert(plan.items.end(), single.begin(), single.end());
  return plan;
}

}  // namespace proctor::engine::cuda
