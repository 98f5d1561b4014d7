// Reads a template into its syntax tree (the grammar of jinja2 3.1.6, parser.py).
#pragma once

#include <string_view>

#include "backends/engine/chat_template/ast.h"
#include "harness/core/result.h"

namespace proctor::engine {

// Errors: invalid_input, "LINE: what is wrong or not supported". Filters and tests that are not
// supported are refused here, also in branches that would never be taken.
Result<Program> parse_template(std::string_view source);

}  // namespace proctor::engine
