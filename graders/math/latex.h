// The few things about LaTeX's letters that every reader of it here must know.
#pragma once

#include <string_view>

namespace proctor::graders {

inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The name of the command whose backslash is at `at`: letters, or else one character; empty for a
// backslash that ends the text.
inline std::string_view command_name_at(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_letter(text[end])) ++end;
  if (end == at + 1 && end < text.size()) ++end;
  return text.substr(at + 1, end - at - 1);
}

}  // namespace proctor::graders
