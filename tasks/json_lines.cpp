#include "tasks/json_lines.h"

#include <utf8proc.h>

#include <optional>
#include <set>
#include <string>

#include "tasks/schema.h"

namespace proctor::tasks {
namespace {

using nlohmann::json;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

// From 0; nothing if all of the text is valid.
std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t code_point = 0;
    const auto left = static_cast<utf8proc_ssize_t>(text.size() - at);
    const utf8proc_ssize_t size = utf8proc_iterate(bytes + at, left, &code_point);
    if (size < 0) return at;
    at += static_cast<std::size_t>(size);
  }
  return std::nullopt;
}

Error at_column(std::size_t column, std::string_view message) {
  return Error(ErrorCode::invalid_input, std::string(message))
      .within("column " + std::to_string(column));
}

}  // namespace

Result<std::vector<Line>> split_lines(const NamedText& file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view text = file.text;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());

  std::vector<Line> lines;
  std::string blank;  // the first empty line since the last full one
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string place = file.name + ":" + std::to_string(number);
    if (is_blank(line)) {
      if (blank.empty()) blank = std::move(place);
      continue;
    }
    if (!blank.empty())
      return Error(ErrorCode::invalid_input, blank + ": empty line between others");
    lines.push_back({std::move(place), line});
  }
  if (lines.empty()) return Error(ErrorCode::invalid_input, file.name + ": empty file");
  return lines;
}

Result<json> parse_object(std::string_view line) {
  // The parser itself would keep the last of two equal keys without a word.
  std::set<std::string> keys;
  std::optional<std::string> twice;
  const auto note_key = [&](int depth, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::key && depth == 1) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys.insert(key).second) twice = key;
    }
    return true;
  };
  try {
    json value = json::parse(line, note_key);
    if (!value.is_object()) return unexpected("a JSON object", value);
    if (twice) {
      return Error(ErrorCode::invalid_input, "given twice").within("field \"" + *twice + "\"");
    }
    return value;
  } catch (const json::parse_error& error) {
    if (const std::optional<std::size_t> invalid = first_invalid_utf8(line)) {
      return at_column(*invalid + 1, "invalid UTF-8");
    }
    return at_column(error.byte, "not JSON");
  } catch (const json::out_of_range&) {
    return Error(ErrorCode::invalid_input, "not JSON: a number is too large");
  }
}

}  // namespace proctor::tasks
