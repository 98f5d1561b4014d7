// The device that an engine's options ask for.
#pragma once

#include <memory>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/device.h"
#include "backends/engine/engine.h"

namespace proctor::engine {

// "auto" is the first GPU that the engine can run on, else the CPU. `checkpoint` must outlive the
// device. Errors: invalid_input, for an unknown name; unavailable, if the device is not there or
// too small; corrupt, for weights that make no bounds for an fp8 cache.
Result<std::unique_ptr<Device>> make_device(const Checkpoint& checkpoint,
                                            const EngineOptions& options);

// What EngineOptions::swap_gib is where it is unset.
double usual_swap_gib();

}  // namespace proctor::engine
