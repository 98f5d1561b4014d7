// Brackets, operators and punctuation as they are typed, without a backslash.
#pragma once

#include <cstddef>
#include <string_view>

#include "graders/math/expression/token.h"

namespace proctor::graders::math {

struct Mark {
  Token token;
  std::size_t size = 0;  // of what was typed, in bytes
};

// The token that a text begins with, where it begins with none of the longer things: a letter, a
// digit, a backslash, a dollar. `rest` is not empty.
Mark mark_at(std::string_view rest, bool after_space);

}  // namespace proctor::graders::math
