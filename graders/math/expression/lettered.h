// The letter of an answer that was chosen among several: "(D) Alina", "B. 42", "C Cecile".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "graders/math/expression/token.h"

namespace proctor::graders::math {

struct Lettered {
  std::string_view letter;
  std::size_t rest = 0;  // the token where what the letter stands for begins
};

// The choice that tokens are, if they are a letter from A to J and more. A letter alone, even in
// brackets, is a symbol: only the question knows better.
std::optional<Lettered> lettered(std::span<const Token> tokens);

}  // namespace proctor::graders::math
