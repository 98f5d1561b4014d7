// Steps that only decode, filled up to one of few sizes, so that few captured graphs serve them all
// (reference/inference.md, section 4, note 2). Host code, pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "backends/engine/cuda/step_batch.h"

namespace proctor::engine::cuda {

// The sizes of all arrays of a step follow from these two.
struct StepBucket {
  std::size_t rows = 0;    // 1, 2, 4, 8, 16, 24, 32, then in steps of 32
  std::size_t chunks = 0;  // of attention, for each row on average: a power of two

  auto operator<=>(const StepBucket&) const = default;
};

// The smallest that holds the step; nothing if it does more than to decode, one token for each of
// at most `most` sequences.
std::optional<StepBucket> bucket_of(const StepBatch& batch, std::size_t most);

// Fills the step up with rows that change nothing: they belong to no slice, attend to nothing, and
// leave their keys and values in `spare_slot`, which nobody reads.
void fill_up(StepBatch& batch, const StepBucket& bucket, std::int32_t spare_slot);

}  // namespace proctor::engine::cuda
