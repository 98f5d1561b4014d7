// The filters of templates, {{ value | name(arguments) }}, by name: jinja2's (3.1.6, filters.py)
// that chat templates use, and tojson as transformers defines it.
#pragma once

#include <string_view>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

struct FilterEntry {
  std::string_view name;
  // Errors: invalid_input, for wrong kinds of input or arguments; out of budget.
  Result<Value> (*apply)(const Value& input, const Arguments& arguments, Budget& budget);
};

// Null where no such filter is supported. The entry lives forever.
const FilterEntry* find_filter(std::string_view name);

}  // namespace proctor::engine
