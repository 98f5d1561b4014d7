// JSON in and out of a template's values.
#pragma once

#include <memory>
#include <string_view>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

// The order of keys is kept; of a key given twice, the last value. Errors: invalid_input, for text
// that is not JSON or not UTF-8, integers beyond 64 bits, nesting deeper than kMaxNesting.
Result<Value> parse_json(std::string_view text);

// The filter: json.dumps(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False)
// of Python, as transformers defines it. Errors: invalid_input, for values JSON has no form for.
Result<Value> tojson_filter(const Value& input, const Arguments& arguments, Budget& budget);

}  // namespace proctor::engine
