// Grader "integer": answers that are whole numbers (AIME), equal as numbers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "graders/grader.h"

namespace proctor::graders {

// The integer that an answer states, as digits without leading zeros and with a minus if negative,
// of any length. Reads past typesetting and thousands separators (math/normal_form.h), everything
// up to the last "=", decimals that are all zero, and a unit's name after the number. Nothing if
// the answer is not one integer: "3.5", "3,4", "2^3", "25x".
std::optional<std::string> parse_integer(std::string_view answer);

// The last box must hold an integer, anything else is wrong. Without a box, the last integer in the
// last line that says "answer". Errors: invalid_input, for a gold that is not an integer.
std::unique_ptr<Grader> make_integer_answer(const GraderOptions& options);

}  // namespace proctor::graders
