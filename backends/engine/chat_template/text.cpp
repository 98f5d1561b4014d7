#include "backends/engine/chat_template/text.h"

#include <algorithm>
#include <limits>

#include "harness/core/check.h"

namespace proctor::engine {
namespace {

std::size_t sequence_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The last code point, taken off.
char32_t take_last_code_point(std::string_view& bytes) {
  std::size_t start = bytes.size() - 1;
  while (start > 0 && continues(bytes[start])) --start;
  std::string_view last = bytes.substr(start);
  bytes.remove_suffix(bytes.size() - start);
  return take_code_point(last);
}

bool contains(std::string_view chars, char32_t code) {
  while (!chars.empty()) {
    if (take_code_point(chars) == code) return true;
  }
  return false;
}

// str.splitlines() in the Python library reference, with \r\n counted as one.
bool ends_line(char32_t code) {
  return (code >= 0x0A && code <= 0x0D) || (code >= 0x1C && code <= 0x1E) || code == 0x85 ||
         code == 0x2028 || code == 0x2029;
}

std::size_t cuts(std::int64_t limit) {
  return limit < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(limit);
}

std::string_view strip_space_left(std::string_view bytes) { return strip(bytes, Side::left); }

}  // namespace

char32_t take_code_point(std::string_view& bytes) {
  check(!bytes.empty());
  const std::size_t size = std::min(sequence_size(bytes[0]), bytes.size());
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(bytes[i]));
  };
  char32_t code = size == 1 ? byte(0) : byte(0) & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) code = (code << 6) | (byte(i) & 0x3F);
  bytes.remove_prefix(size);
  return code;
}

void append_code_point(std::string& bytes, char32_t code) {
  const auto put = [&](char32_t byte) { bytes.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool valid_utf8(std::string_view bytes) {
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  while (!bytes.empty()) {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    if (lead < 0x80) {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t size = sequence_size(bytes[0]);
    if (lead < 0xC2 || lead > 0xF4 || size > bytes.size()) return false;
    if (!std::all_of(bytes.begin() + 1, bytes.begin() + static_cast<std::ptrdiff_t>(size),
                     continues)) {
      return false;
    }
    const char32_t code = take_code_point(bytes);
    if (code < kSmallest[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
      return false;
    }
  }
  return true;
}

std::size_t count_code_points(std::string_view bytes) {
  return bytes.size() -
         static_cast<std::size_t>(std::count_if(bytes.begin(), bytes.end(), continues));
}

std::size_t offset_of(std::string_view bytes, std::size_t index) {
  std::size_t offset = 0;
  while (index-- > 0 && offset < bytes.size()) offset += sequence_size(bytes[offset]);
  return std::min(offset, bytes.size());
}

std::vector<std::string_view> characters(std::string_view bytes) {
  std::vector<std::string_view> all;
  while (!bytes.empty()) {
    const std::size_t size = std::min(sequence_size(bytes[0]), bytes.size());
    all.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return all;
}

bool is_space(char32_t code) {
  return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85 ||
         code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

std::string_view strip(std::string_view bytes, Side side, std::optional<std::string_view> chars) {
  const auto goes = [&](char32_t code) { return chars ? contains(*chars, code) : is_space(code); };
  while (side != Side::right && !bytes.empty()) {
    std::string_view rest = bytes;
    if (!goes(take_code_point(rest))) break;
    bytes = rest;
  }
  while (side != Side::left && !bytes.empty()) {
    std::string_view rest = bytes;
    if (!goes(take_last_code_point(rest))) break;
    bytes = rest;
  }
  return bytes;
}

std::vector<std::string_view> split_at_space(std::string_view bytes, std::int64_t limit) {
  std::vector<std::string_view> words;
  bytes = strip_space_left(bytes);
  while (!bytes.empty()) {
    if (words.size() == cuts(limit)) {
      words.push_back(strip(bytes, Side::right));
      break;
    }
    std::string_view rest = bytes;
    std::size_t size = 0;
    while (!rest.empty() && !is_space(take_code_point(rest))) size = bytes.size() - rest.size();
    words.push_back(bytes.substr(0, size));
    bytes = strip_space_left(bytes.substr(size));
  }
  return words;
}

std::vector<std::string_view> rsplit_at_space(std::string_view bytes, std::int64_t limit) {
  std::vector<std::string_view> words;
  bytes = strip(bytes, Side::right);
  while (!bytes.empty()) {
    if (words.size() == cuts(limit)) {
      words.push_back(strip(bytes, Side::left));
      break;
    }
    std::string_view rest = bytes;
    std::size_t start = bytes.size();
    while (!rest.empty() && !is_space(take_last_code_point(rest))) start = rest.size();
    words.push_back(bytes.substr(start));
    bytes = strip(bytes.substr(0, start), Side::right);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

std::vector<std::string_view> split(std::string_view bytes, std::string_view separator,
                                    std::int64_t limit) {
  check(!separator.empty());
  std::vector<std::string_view> parts;
  while (parts.size() < cuts(limit)) {
    const std::size_t at = bytes.find(separator);
    if (at == std::string_view::npos) break;
    parts.push_back(bytes.substr(0, at));
    bytes.remove_prefix(at + separator.size());
  }
  parts.push_back(bytes);
  return parts;
}

std::vector<std::string_view> rsplit(std::string_view bytes, std::string_view separator,
                                     std::int64_t limit) {
  check(!separator.empty());
  std::vector<std::string_view> parts;
  while (parts.size() < cuts(limit)) {
    const std::size_t at = bytes.rfind(separator);
    if (at == std::string_view::npos) break;
    parts.push_back(bytes.substr(at + separator.size()));
    bytes = bytes.substr(0, at);
  }
  parts.push_back(bytes);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string_view> split_lines(std::string_view bytes, bool keep_ends) {
  std::vector<std::string_view> lines;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t before = rest.size();
    const char32_t code = take_code_point(rest);
    if (!ends_line(code)) continue;
    const std::size_t text = bytes.size() - before;
    if (code == '\r' && rest.starts_with('\n')) rest.remove_prefix(1);
    lines.push_back(bytes.substr(0, keep_ends ? bytes.size() - rest.size() : text));
    bytes = rest;
  }
  if (!bytes.empty()) lines.push_back(bytes);
  return lines;
}

std::size_t count(std::string_view bytes, std::string_view what) {
  return split(bytes, what, -1).size() - 1;
}

std::string replace(std::string_view bytes, std::string_view what, std::string_view by,
                    std::int64_t limit) {
  std::string result;
  if (!what.empty()) {
    const std::vector<std::string_view> parts = split(bytes, what, limit);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) result += by;
      result += parts[i];
    }
    return result;
  }
  std::size_t left = cuts(limit);
  for (const std::string_view character : characters(bytes)) {
    if (left > 0) {
      result += by;
      --left;
    }
    result += character;
  }
  if (left > 0) result += by;
  return result;
}

std::size_t replaced_size(std::string_view bytes, std::string_view what, std::string_view by,
                          std::int64_t limit) {
  const std::size_t found = what.empty() ? count_code_points(bytes) + 1 : count(bytes, what);
  const std::size_t replaced = std::min(found, cuts(limit));
  return bytes.size() - replaced * what.size() + replaced * by.size();
}

}  // namespace proctor::engine
