#include "backends/engine/cuda/kernels/attention_plan.h"

#include <algorithm>

#include "harness/core/check.h"

namespace proctor::engine::cuda {
namespace {

// A slice with as many packs as this keeps the device busy without its chunks being taken apart,
// and would need the most room for partial results.
constexpr std::int32_t kManyPacks = 8;

}  // namespace

AttentionPlan make_attention_plan(std::span<const AttentionSlice> slices, int group,
                                  std::int32_t max_partials) {
  check(group > 0 && max_partials >= 0);
  AttentionPlan plan;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const AttentionSlice& slice = slices[i];
    check(slice.tokens > 0 && slice.start >= 0);
    const std::int32_t all = slice.tokens * group;
    const std::int32_t packs = (all + kPackVectors - 1) / kPackVectors;
    for (std::int32_t first = 0; first < all; first += kPackVectors) {
      const std::int32_t vectors = std::min(kPackVectors, all - first);
      const std::int32_t last = slice.start + (first + vectors - 1) / group;
      const std::int32_t chunks = last / kChunkPositions + 1;
      const auto place = static_cast<std::int32_t>(i);
      const bool apart = chunks > 1 && packs < kManyPacks &&
                         std::int64_t{chunks} * vectors <= max_partials - plan.partials;
      if (!apart) {
        plan.items.push_back({place, first, 0, chunks, kWhole});
        continue;
      }
      plan.merges.push_back({place, first, vectors, chunks, plan.partials});
      for (std::int32_t chunk = 0; chunk < chunks; ++chunk) {
        plan.items.push_back({place, first, chunk, 1, plan.partials});
        plan.partials += vectors;
      }
    }
  }
  // The device takes items in this order: the long ones must not come last.
  std::ranges::stable_sort(plan.items, std::ranges::greater{}, &AttentionItem::chunks);
  return plan;
}

}  // namespace proctor::engine::cuda
