// Unpacks a zlib stream (RFC 1950) up to a limit, since a kilobyte may hold a gigabyte of zeros.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::tasks::livecodebench {

// What `packed`, one whole stream and nothing after it, unpacks to. Takes no more memory than about
// twice the result. Errors: invalid_input, for anything else and for a result of more than `most`
// bytes.
Result<std::string> inflate(std::string_view packed, std::size_t most);

}  // namespace proctor::tasks::livecodebench
