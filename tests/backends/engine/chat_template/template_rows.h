// Small templates and what they print, as tables.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::engine {

// The text or the error, "t:LINE: ...", of a template named t with these variables: n 7, f 2.5,
// s "Hello, World", u "añ日🙂", nil none, yes true, l [3, 1, 2], w ["b", "a", "C"],
// d {"a": 1, "b": "two"}, m [{"k": 2, "g": "x"}, {"k": 1}, {"g": "y"}] and no messages.
Result<std::string> print_template(std::string_view source);

struct TemplateRow {
  std::string_view source;
  std::string_view text;
};

// Checks each row.
void check_rows(std::initializer_list<TemplateRow> rows);

}  // namespace proctor::engine
