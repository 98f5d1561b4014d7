// What every device promises of a sequence that ends while a step with it is submitted already.
#pragma once

#include <functional>
#include <memory>

#include "backends/engine/device.h"

namespace proctor::engine::support {

// Within a test: that the devices, all alike, say how a sequence ends, and that nothing of its
// slice takes effect in the step after.
void check_passes_over(const std::function<std::unique_ptr<Device>()>& make_device, int vocab_size);

}  // namespace proctor::engine::support
