// The methods of Python's built-in types that templates may call.
#pragma once

#include <optional>
#include <string_view>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

// The method `name` of `self`, bound to it; an undefined value if the sandbox forbids it; nothing
// if Python's type has no such attribute.
// Errors: invalid_input, when Python has the attribute and this engine does not.
Result<std::optional<Value>> method_of(const Value& self, std::string_view name);

}  // namespace proctor::engine
