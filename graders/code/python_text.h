// What Python's str calls white space and decimal digits, for comparisons that must agree with it.
// Of Python 3.11, which is Unicode 14.0.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace proctor::graders::code {

// One character at the beginning of a text: its code point and its length in bytes. A byte that is
// not UTF-8 is a character of its own, with a code point that no character has.
struct Character {
  char32_t code_point = 0;
  std::size_t size = 0;
};

Character first_character(std::string_view text);

// str.isspace() and unicodedata.decimal() of one character.
bool is_python_space(char32_t code_point);
std::optional<int> decimal_digit(char32_t code_point);

// str.strip() and str.split().
std::string_view strip(std::string_view text);
std::vector<std::string_view> split_words(std::string_view text);

// str.split("\n"): one more piece than there are line feeds.
std::vector<std::string_view> split_lines(std::string_view text);

}  // namespace proctor::graders::code
