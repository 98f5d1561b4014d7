// Puts tokens that one step drew where the next one reads its own, so that the host need not know
// them in between.
#pragma once

#include <cstdint>

#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/kernels/sample.h"

namespace proctor::engine::cuda {

// A row whose token was drawn by the step before.
struct DrawnRow {
  std::int32_t row = 0;
  std::int32_t result = 0;  // the token's place in that step's results
};

// tokens[row] = results[result].id for each of `rows`, no two of which name the same row.
void place_drawn(DeviceSpan<std::int32_t> tokens, DeviceSpan<const DrawnRow> rows,
                 DeviceSpan<const SampleResult> results, Stream& stream);

}  // namespace proctor::engine::cuda
