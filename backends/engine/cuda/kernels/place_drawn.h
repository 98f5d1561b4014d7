// Puts tokens that one step drew where the next one reads its own, so that the host need not know
// them in between, and takes out of that step the sequences that ended with them.
#pragma once

#include <cstdint>

#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/kernels/attention_plan.h"
#include "backends/engine/cuda/kernels/sample.h"

namespace proctor::engine::cuda {

constexpr std::int32_t kNoRequest = -1;

// A row whose token was drawn by the step before: the last of its slice.
struct DrawnRow {
  std::int32_t row = 0;
  std::int32_t result = 0;  // the token's place in that step's results
  std::int32_t slice = 0;
  std::int32_t request = kNoRequest;  // what is to be drawn after it, or kNoRequest
};

// What a step's kernels read of its rows, slices and requests.
struct PlaceArrays {
  DeviceSpan<std::int32_t> tokens;
  DeviceSpan<std::int32_t> cache_slots;
  DeviceSpan<AttentionSlice> slices;
  DeviceSpan<SampleRequest> requests;
};

// tokens[row] = results[result].id for each of `rows`, no two of which name the same slice. If that
// result says that the sequence is over, the slice is passed over instead: its tokens become none,
// so that attention reads nothing for it; its rows leave their keys and values in `spare_slot`; and
// its request is over as the result is.
void place_drawn(const PlaceArrays& step, DeviceSpan<const DrawnRow> rows,
                 DeviceSpan<const SampleResult> results, std::int32_t spare_slot, Stream& stream);

}  // namespace proctor::engine::cuda
