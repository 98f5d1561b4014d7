// Reading what stands after "Answer:".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "graders/choice/chosen_option.h"

namespace proctor::graders::choice {

// Reads a statement, `span` of the text, as a letter, several, or an option's text.
// Nothing if it is empty, only typesetting, or the format quoted from the prompt: "$LETTER".
std::optional<Commitment> read_statement(std::string_view text, Span span,
                                         std::span<const std::string_view> options);

}  // namespace proctor::graders::choice
