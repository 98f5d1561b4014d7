// Attributes, subscripts and slices of values, by jinja2's rules and its sandbox's (3.1.6,
// sandbox.py): `a.b` looks for an attribute first and an item second, `a["b"]` the other way round.
#pragma once

#include <optional>
#include <string_view>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

// What is not there is an undefined value. Errors: invalid_input, when `of` is undefined itself, or
// the attribute exists in Python and is not supported here.
Result<Value> get_attribute(const Value& of, std::string_view name, Budget& budget);
Result<Value> get_item(const Value& of, const Value& key, Budget& budget);

// of[start:stop:step]; undefined bounds are not allowed, none ones are as if left out.
// Errors: invalid_input, when `of` cannot be sliced.
Result<Value> get_slice(const Value& of, const Value& start, const Value& stop, const Value& step,
                        Budget& budget);

// What filters take as attribute=: names and indices with dots between. An integer is an index.
// Missing ones become `fallback` where it is given.
Result<Value> get_path(const Value& of, const Value& path, const Value* fallback, Budget& budget);

}  // namespace proctor::engine
