// Cuts an answer into tokens. Layout (spacing, sizes, \left and \right, $, styles) is consumed here
// and leaves no more than Token::space.
#pragma once

#include <string_view>
#include <vector>

#include "graders/math/expression/token.h"

namespace proctor::graders::math {

// The tokens of a text, ended by one of kind `end`. They refer to the text. Linear time; never
// fails: what is unknown becomes a command or symbol that no rule of the reader knows.
std::vector<Token> tokens_of(std::string_view text);

}  // namespace proctor::graders::math
