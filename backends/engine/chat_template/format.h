// Python's two ways of filling values into a text. Errors of both: invalid_input, for formats
// that Python refuses or that are not supported; out of budget.
#pragma once

#include <string_view>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

// text % values: s, r, d, i, u, x, X, o, c, e, E, f, F, g, G and %% with flags, width and
// precision. `values` is a tuple, a dict for %(name)s, or the one value.
Result<Value> format_printf(const Value& text, const Value& values, Budget& budget);

// text.format(...): {}, {0}, {name}, {name.attribute[key]}, !r and !s, and :[[fill]align][width]
// for strings and integers, with [.precision]f for numbers.
Result<Value> format_braces(std::string_view text, const Arguments& arguments, Budget& budget);

}  // namespace proctor::engine
