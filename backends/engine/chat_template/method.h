// A method of one of Python's types, and what all methods check of their arguments.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

struct Method {
  std::string_view name;
  // Errors: invalid_input, for wrong arguments; out of budget.
  Result<Value> (*call)(const Value& self, const Arguments& arguments, Budget& budget);
};

// Those of str; each is called with a text as `self`.
std::span<const Method> text_methods();

inline Result<void> no_arguments(std::string_view name, const Arguments& arguments) {
  if (arguments.positional.empty() && arguments.named.empty()) return {};
  return Error(ErrorCode::invalid_input, std::string(name) + " takes no arguments");
}

inline Result<void> no_names(std::string_view name, const Arguments& arguments) {
  if (arguments.named.empty()) return {};
  return Error(ErrorCode::invalid_input, std::string(name) + " takes no named arguments");
}

}  // namespace proctor::engine
