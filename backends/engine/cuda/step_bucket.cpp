#include "backends/engine/cuda/step_bucket.h"

#include <algorithm>
#include <bit>

#include "backends/engine/cuda/kernels/kv_layout.h"
#include "harness/core/check.h"

namespace proctor::engine::cuda {
namespace {

constexpr std::size_t kChunkPages = kChunkPositions / kPagePositions;

std::size_t parts(std::size_t whole, std::size_t part) { return (whole + part - 1) / part; }

std::size_t rows_for(std::size_t rows) {
  if (rows <= 16) return std::bit_ceil(rows);
  const std::size_t step = rows <= 32 ? 8 : 32;
  return parts(rows, step) * step;
}

}  // namespace

std::optional<StepBucket> bucket_of(const StepBatch& batch, std::size_t most) {
  const std::size_t rows = batch.tokens.size();
  const bool decodes = batch.slices.size() == rows && batch.wanted.size() == rows;
  if (!decodes || rows == 0 || rows_for(rows) > most) return std::nullopt;
  const std::size_t all = rows_for(rows);
  const std::size_t chunks =
      std::max(parts(batch.pages.size(), kChunkPages * all), parts(batch.plan.items.size(), all));
  check(batch.plan.merges.size() <= rows);
  return StepBucket{all, std::bit_ceil(std::max<std::size_t>(1, chunks))};
}

void fill_up(StepBatch& batch, const StepBucket& bucket, std::int32_t spare_slot) {
  for (std::size_t row = batch.tokens.size(); row < bucket.rows; ++row) {
    batch.wanted_rows.push_back(static_cast<std::int32_t>(row));
    batch.requests.push_back(kNoDraw);
  }
  batch.tokens.resize(bucket.rows, 0);
  batch.positions.resize(bucket.rows, 0);
  batch.cache_slots.resize(bucket.rows, spare_slot);
  batch.slices.resize(bucket.rows);
  batch.pages.resize(kChunkPages * bucket.chunks * bucket.rows, 0);
  batch.plan.items.resize(bucket.chunks * bucket.rows);
  batch.plan.merges.resize(bucket.rows);
}

}  // namespace proctor::engine::cuda
