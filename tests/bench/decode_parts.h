// Where the time of a decoding step goes.
#pragma once

#include <cstddef>
#include <span>

#include "backends/engine/cuda/device_model.h"
#include "backends/engine/cuda/matrix_product.h"
#include "backends/engine/device.h"

namespace proctor::engine::cuda::bench {

// Of all layers together, in seconds by the device's clock.
struct StepParts {
  double attention = 0;
  double products = 0;  // the one that makes logits included
  double sampling = 0;
  double others = 0;  // norms, rotation, the gate
};

// Each part of the step alone, its launches one after another, the median of a few times; what a
// whole step takes beyond their sum are the gaps between launches and what it waits for the host.
// Slices of one token each that sample; cache: that of Forward::set_cache, of which the slices'
// last positions are overwritten.
StepParts time_parts(const DeviceModel& model, MatrixProduct& product, DeviceSpan<std::byte> cache,
                     std::span<const SequenceSlice> slices, Stream& stream);

}  // namespace proctor::engine::cuda::bench
