// Base64 with the standard alphabet and padding (RFC 4648, section 4).
#pragma once

#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::tasks::livecodebench {

// The bytes that `text` encodes. One text for each sequence of bytes: white space, missing padding
// and bits left over are refused. Errors: invalid_input, with the column from 1.
Result<std::string> decode_base64(std::string_view text);

}  // namespace proctor::tasks::livecodebench
