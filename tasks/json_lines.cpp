#include "tasks/json_lines.h"

#include <utf8proc.h>

#include <algorithm>
#include <set>
#include <span>

#include "tasks/schema.h"

namespace proctor::tasks {
namespace {

using nlohmann::json;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kPieceBytes = 1U << 16;      // read at a time, at the least
constexpr std::size_t kMostLineBytes = 2UL << 30;  // a row of LiveCodeBench takes tens of megabytes
constexpr int kDeepest = 64;                       // of a value in another; writing JSON recurses

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

Error at_column(std::size_t column, std::string_view message) {
  return Error(ErrorCode::invalid_input, std::string(message))
      .within("column " + std::to_string(column));
}

}  // namespace

LineReader::LineReader(const NamedText& text) : name_(text.name), rest_(text.text) {}

LineReader::LineReader(InputFile file) : name_(file.path().string()), file_(std::move(file)) {}

Result<bool> LineReader::read_more() {
  if (!file_) return false;
  const std::size_t kept = rest_.size();
  if (kept > kMostLineBytes) {
    return Error(ErrorCode::invalid_input,
                 name_ + ":" + std::to_string(number_ + 1) + ": a line of over 2 GiB");
  }
  // As much again as is there, so that a long line is moved and grown a few times only.
  std::string grown;
  grown.resize(kept + std::max(kept, kPieceBytes));
  std::copy(rest_.begin(), rest_.end(), grown.begin());
  std::size_t filled = kept;
  while (filled < grown.size()) {
    const Result<std::size_t> got = file_->read(std::span(grown).subspan(filled));
    if (!got) return got.error();
    if (*got == 0) {
      file_.reset();
      break;
    }
    filled += *got;
  }
  buffer_ = std::move(grown);
  rest_ = std::string_view(buffer_).substr(0, filled);
  return filled > kept;
}

Result<std::optional<std::string_view>> LineReader::next_raw(std::uint64_t& offset) {
  std::size_t searched = 0;
  std::size_t end = rest_.find('\n');
  while (end == std::string_view::npos) {
    searched = rest_.size();
    const Result<bool> more = read_more();
    if (!more) return more.error();
    if (!*more) break;
    end = rest_.find('\n', searched);
  }
  if (rest_.empty()) return std::optional<std::string_view>();
  std::string_view line = rest_.substr(0, end);
  const std::size_t taken = end == std::string_view::npos ? rest_.size() : end + 1;
  offset = offset_;
  offset_ += taken;
  rest_.remove_prefix(taken);
  if (number_++ == 0 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
    offset += kByteOrderMark.size();
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::optional(line);
}

Result<std::optional<Line>> LineReader::next() {
  while (true) {
    std::uint64_t offset = 0;
    const Result<std::optional<std::string_view>> line = next_raw(offset);
    if (!line) return line.error();
    if (!*line) break;
    std::string place = name_ + ":" + std::to_string(number_);
    if (is_blank(**line)) {
      if (blank_.empty()) blank_ = std::move(place);
      continue;
    }
    if (!blank_.empty()) {
      return Error(ErrorCode::invalid_input, blank_ + ": empty line between others");
    }
    any_ = true;
    return std::optional<Line>({std::move(place), **line, offset});
  }
  if (!any_) return Error(ErrorCode::invalid_input, name_ + ": empty file");
  return std::optional<Line>();
}

Result<std::vector<Line>> split_lines(const NamedText& file) {
  LineReader reader(file);
  std::vector<Line> lines;
  while (true) {
    Result<std::optional<Line>> line = reader.next();
    if (!line) return line.error();
    if (!*line) return lines;
    lines.push_back(std::move(**line));
  }
}

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

Result<json> parse_object(std::string_view line) {
  // The parser itself would keep the last of two equal keys without a word.
  std::set<std::string> keys;
  std::optional<std::string> twice;
  bool too_deep = false;
  const auto note_key = [&](int depth, json::parse_event_t event, json& value) {
    too_deep = too_deep || depth > kDeepest;
    if (event == json::parse_event_t::key && depth == 1) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys.insert(key).second) twice = key;
    }
    return true;
  };
  try {
    json value = json::parse(line, note_key);
    if (too_deep) return Error(ErrorCode::invalid_input, "nested too deep");
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
