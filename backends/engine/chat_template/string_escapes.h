// The escapes of string literals.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::engine {

// What a literal stands for, given what is between its quotes: Python's unicode_escape, without
// names of characters (\N) and without surrogates. Unknown escapes stay as they are.
// Errors: invalid_input.
Result<std::string> unescape(std::string_view literal);

}  // namespace proctor::engine
