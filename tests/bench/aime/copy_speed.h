// How fast this machine copies memory, for the roof that a run is measured by.
#pragma once

#include <cstddef>
#include <string>

#include "harness/core/result.h"

namespace proctor::bench {

// Bytes a second, those read and those written together, that a copy of so many bytes within the
// memory of the device moves: "cuda" or "cuda:N", of that GPU; any other name, of the host. The
// best of some. Errors: unavailable, if the device is not there or has no room for both.
Result<double> copy_speed(const std::string& device, std::size_t bytes);

}  // namespace proctor::bench
