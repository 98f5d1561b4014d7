// Several devices of one kind that share the work: one engine on each, the same replies from all.
#pragma once

#include <vector>

#include "backends/engine/engine.h"
#include "harness/core/result.h"

namespace proctor::engine {

// The options of each engine. options.device names their devices:
//   "auto"      all GPUs that are like the first, or the CPU if there is none
//   "cuda"      all GPUs that are like the first
//   "cuda:0,2"  these GPUs
//   "cpu:N"     the CPU, N engines with their shares of the threads
// Any other name is one engine's (make_device.h). `cache_gib` is of each, `swap_gib` of all.
// Errors: invalid_input, for lists and numbers that are none.
Result<std::vector<EngineOptions>> replica_options(const EngineOptions& options);

}  // namespace proctor::engine
