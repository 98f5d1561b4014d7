// The rules that compare words: tokens, open-r1 and float:EPS. See comparison.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace proctor::graders::code {

// The text as the nearest double: a decimal number, "inf" or "nan"; what overflows is infinite.
std::optional<double> parse_double(std::string_view text);

// Where the words of the two differ; nothing if they do not. With a tolerance, words that are
// numbers are compared as doubles.
std::optional<std::string> word_difference(std::string_view expected, std::string_view actual,
                                           std::optional<double> tolerance);

// The same, where yes and no are the same words in any case.
std::optional<std::string> word_difference_but_for_yes_no(std::string_view expected,
                                                          std::string_view actual);

}  // namespace proctor::graders::code
