// Text of unknown length and content, made fit for one line of a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace proctor::graders::code {

// At most `bytes` of the text, cut between characters and then ended by "…".
std::string shortened(std::string_view text, std::size_t bytes);

// The text in quotes, shortened, with control characters as \n or \x1b.
std::string in_quotes(std::string_view text, std::size_t bytes = 60);

// The last line that is not blank, without the white space around it: where Python's tracebacks
// name the exception.
std::string_view last_line(std::string_view text);

// How a person is told of the first difference between two texts: `line 3: expected "1", found
// "2"`.
std::string mismatch(std::string_view thing, std::size_t index, std::string_view expected,
                     std::string_view actual);
std::string wrong_count(std::string_view things, std::size_t expected, std::size_t actual);

}  // namespace proctor::graders::code
