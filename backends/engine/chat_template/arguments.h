// The arguments of a call, matched to parameters as Python does it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

class Bound {
 public:
  // Errors: invalid_input, for too many arguments, an unknown or repeated name, or fewer than
  // `required` of the first parameters.
  static Result<Bound> bind(std::string_view function,
                            std::initializer_list<std::string_view> parameters,
                            const Arguments& arguments, std::size_t required = 0);

  // Null where the argument was not given. Points into the Arguments that were bound.
  const Value* operator[](std::size_t i) const { return values_[i]; }
  bool has(std::size_t i) const { return values_[i] != nullptr; }
  // Whether the argument is given and true.
  bool flag(std::size_t i) const { return has(i) && truthy(*values_[i]); }

  // The argument as the type it must have. Errors: invalid_input, naming the parameter.
  Result<std::int64_t> integer(std::size_t i, std::int64_t fallback) const;
  Result<std::string_view> text(std::size_t i) const;
  // Nothing where it was not given or is none.
  Result<std::optional<std::string_view>> optional_text(std::size_t i) const;

 private:
  Error wrong_type(std::size_t i, std::string_view wanted) const;

  std::string function_;
  std::vector<std::string_view> parameters_;
  std::vector<const Value*> values_;
};

}  // namespace proctor::engine
