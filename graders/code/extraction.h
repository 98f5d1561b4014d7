// Finding the program in a reply, as LiveCodeBench's runner does it.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders::code {

// What stands between the last two lines that hold three backticks: a span of the reply, without
// the line feed before the closing fence; empty if there are fewer than two such lines, or nothing
// between them. The whole reply is searched, thinking included, and a fence's language is not
// looked at. Linear time.
//
// Source: LiveCodeBench 28fef95, lcb_runner/utils/extraction_utils.py, for chat models.
Span find_program(std::string_view reply);

}  // namespace proctor::graders::code
