// Which names each scope of a template owns, as jinja2 decides before it renders.
#pragma once

#include "backends/engine/chat_template/ast.h"
#include "harness/core/result.h"

namespace proctor::engine {

// Fills in every `hidden` list of the program (jinja2 3.1.6, idtracking.py).
// Errors: invalid_input, "LINE: ...", for the special names caller, varargs and kwargs in a macro.
Result<void> resolve_names(Program& program);

}  // namespace proctor::engine
