// A step as the kernels want it: arrays over its rows, made from slices. Host code, pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backends/engine/cuda/kernels/attention_plan.h"
#include "backends/engine/cuda/kernels/place_drawn.h"
#include "backends/engine/cuda/kernels/sample.h"
#include "backends/engine/device.h"

namespace proctor::engine::cuda {

// A slice whose logits are wanted, to sample from or as they are.
struct WantedLogits {
  std::size_t slice = 0;  // of the step
  std::int32_t row = 0;   // of its last token
};

struct StepBatch {
  // One entry a row, the slices' tokens one after another.
  std::vector<std::int32_t> tokens;
  std::vector<std::int32_t> positions;
  std::vector<std::int32_t> cache_slots;  // page * kPagePositions + position % kPagePositions

  std::vector<DrawnRow> drawn_rows;  // whose tokens the step before draws

  std::vector<AttentionSlice> slices;
  std::vector<std::int32_t> pages;  // the page tables, one after another
  AttentionPlan plan;

  std::vector<WantedLogits> wanted;
  std::vector<std::int32_t> wanted_rows;  // of `wanted`
  std::vector<SampleRequest> requests;    // of `wanted`; those that do not sample are over
};

// before: what was wanted of the step before. Every slice's page table covers its positions.
StepBatch make_step_batch(std::span<const SequenceSlice> slices, const AttentionRoom& room,
                          std::span<const WantedLogits> before);

}  // namespace proctor::engine::cuda
