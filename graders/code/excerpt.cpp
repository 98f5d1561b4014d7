#include "graders/code/excerpt.h"

#include "graders/code/python_text.h"

namespace proctor::graders::code {

std::string shortened(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string in_quotes(std::string_view text, std::size_t bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string line = "\"";
  for (const char c : shortened(text, bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      line += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      line += c;
    }
  }
  return line + "\"";
}

std::string_view last_line(std::string_view text) {
  text = strip(text);
  const std::size_t feed = text.rfind('\n');
  return strip(feed == std::string_view::npos ? text : text.substr(feed + 1));
}

std::string mismatch(std::string_view thing, std::size_t index, std::string_view expected,
                     std::string_view actual) {
  return std::string(thing) + " " + std::to_string(index + 1) + ": expected " +
         in_quotes(expected) + ", found " + in_quotes(actual);
}

std::string wrong_count(std::string_view things, std::size_t expected, std::size_t actual) {
  return "expected " + std::to_string(expected) + " " + std::string(things) + ", found " +
         std::to_string(actual);
}

}  // namespace proctor::graders::code
