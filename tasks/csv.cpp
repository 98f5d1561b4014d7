#include "tasks/csv.h"

#include <algorithm>
#include <utility>

#include "tasks/json_lines.h"

namespace proctor::tasks {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

std::string CsvReader::place() const { return name_ + ":" + std::to_string(line_); }

// A carriage return is part of a line end only before a line feed.
bool CsvReader::at_line_end() const {
  const std::string_view rest = std::string_view(text_).substr(at_);
  return rest.empty() || rest.starts_with('\n') || rest.starts_with("\r\n");
}

void CsvReader::skip_line_end() {
  if (at_ == text_.size()) return;
  at_ += text_[at_] == '\r' ? 2 : 1;
  ++line_;
}

Result<std::string> CsvReader::quoted_field() {
  const std::string begin = place();
  std::string value;
  for (++at_; at_ < text_.size();) {
    const std::size_t quote = std::min(text_.find('"', at_), text_.size());
    const std::string_view part = std::string_view(text_).substr(at_, quote - at_);
    value += part;
    line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
    at_ = std::min(quote + 1, text_.size());
    if (quote == text_.size()) break;
    if (at_ == text_.size() || text_[at_] != '"') return value;
    value += '"';
    ++at_;
  }
  return Error(ErrorCode::invalid_input, begin + ": a quote that is never closed");
}

Result<std::string> CsvReader::field() {
  if (at_ < text_.size() && text_[at_] == '"') {
    Result<std::string> value = quoted_field();
    if (!value || at_line_end() || text_[at_] == ',') return value;
    return Error(ErrorCode::invalid_input, place() + ": text after a closing quote");
  }
  std::string value;
  while (!at_line_end() && text_[at_] != ',') value += text_[at_++];
  if (value.find('"') == std::string::npos) return value;
  return Error(ErrorCode::invalid_input,
               place() + ": a quote in a field that does not begin with one");
}

Result<std::optional<CsvRecord>> CsvReader::next() {
  const std::string first = place();
  const bool blank = at_ < text_.size() && at_line_end();
  while (at_ < text_.size() && at_line_end()) skip_line_end();
  if (at_ == text_.size()) {
    if (any_) return std::optional<CsvRecord>();
    return Error(ErrorCode::invalid_input, name_ + ": empty file");
  }
  if (blank) return Error(ErrorCode::invalid_input, first + ": empty line between others");
  any_ = true;
  CsvRecord record{first, {}};
  while (true) {
    Result<std::string> value = field();
    if (!value) return value.error();
    if (first_invalid_utf8(*value)) {
      return Error(ErrorCode::invalid_input,
                   first + ": invalid UTF-8 in field " + std::to_string(record.fields.size() + 1));
    }
    record.fields.push_back(std::move(*value));
    if (at_line_end()) break;
    ++at_;  // the comma
  }
  skip_line_end();
  return std::optional(std::move(record));
}

}  // namespace proctor::tasks
