#include "backends/engine/chat_template/arguments.h"

#include <algorithm>

namespace proctor::engine {

Result<Bound> Bound::bind(std::string_view function,
                          std::initializer_list<std::string_view> parameters,
                          const Arguments& arguments, std::size_t required) {
  const auto wrong = [&](const std::string& what) {
    return Error(ErrorCode::invalid_input, std::string(function) + ": " + what);
  };
  Bound bound;
  bound.function_ = function;
  bound.parameters_ = parameters;
  bound.values_.resize(parameters.size(), nullptr);
  if (arguments.positional.size() > parameters.size()) {
    return wrong("takes at most " + std::to_string(parameters.size()) + " arguments, got " +
                 std::to_string(arguments.positional.size()));
  }
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    bound.values_[i] = &arguments.positional[i];
  }
  for (const auto& [name, value] : arguments.named) {
    const auto place = std::find(bound.parameters_.begin(), bound.parameters_.end(), name);
    if (place == bound.parameters_.end()) return wrong("has no parameter " + name);
    const Value*& slot = bound.values_[static_cast<std::size_t>(place - bound.parameters_.begin())];
    if (slot != nullptr) return wrong("got the argument " + name + " twice");
    slot = &value;
  }
  for (std::size_t i = 0; i < required; ++i) {
    if (bound.values_[i] == nullptr) {
      return wrong("needs the argument " + std::string(bound.parameters_[i]));
    }
  }
  return bound;
}

Error Bound::wrong_type(std::size_t i, std::string_view wanted) const {
  return Error(ErrorCode::invalid_input, function_ + ": " + std::string(parameters_[i]) +
                                             " must be " + std::string(wanted) + ", not '" +
                                             type_name(*values_[i]) + "'");
}

Result<std::int64_t> Bound::integer(std::size_t i, std::int64_t fallback) const {
  if (!has(i)) return fallback;
  const auto value = values_[i]->integer();
  if (!value) return wrong_type(i, "an integer");
  return *value;
}

Result<std::string_view> Bound::text(std::size_t i) const {
  if (!values_[i]->is_text()) return wrong_type(i, "a string");
  return std::string_view(values_[i]->bytes());
}

Result<std::optional<std::string_view>> Bound::optional_text(std::size_t i) const {
  if (!has(i) || values_[i]->is_none()) return std::optional<std::string_view>();
  const Result<std::string_view> value = text(i);
  if (!value) return value.error();
  return std::optional<std::string_view>(*value);
}

}  // namespace proctor::engine
