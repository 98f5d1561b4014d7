// Finding the program in a reply.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders::code {

// As LiveCodeBench's runner does it: what stands between the last two lines that hold three
// backticks: a span of the reply, without the line feed before the closing fence; empty if there
// are fewer than two such lines, or nothing between them. The whole reply is searched, thinking
// included, and a fence's language is not looked at. Linear time.
//
// Source: LiveCodeBench 28fef95, lcb_runner/utils/extraction_utils.py, for chat models.
Span find_program(std::string_view reply);

// The inside of the last block fenced by ``` that is marked as one of `languages` (lower case) and
// closed, without the line feed before the closing fence; empty if there is none. A fence opens at
// the beginning of a line, white space aside, and the mark is the first word behind it, in any
// case. It is closed by a line of backticks, no fewer than opened it, or by three at the end of a
// line of code; where another marked fence comes first, the block before was not closed. Linear
// time.
//
// open-r1 likewise takes the last block with exactly the language that was asked for.
Span find_fenced_program(std::string_view text, std::span<const std::string_view> languages);

}  // namespace proctor::graders::code
