// JSON Lines as people's tools write them: a byte order mark, CRLF and empty lines at the end are
// let pass; everything else that is not one object a line is an error with its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"
#include "tasks/files.h"

namespace proctor::tasks {

// The content of a file, and what messages shall call it.
struct NamedText {
  std::string name;
  std::string_view text;
};

struct Line {
  std::string place;         // "aime24.jsonl:17"
  std::string_view text;     // within the given text, without its line ending
  std::uint64_t offset = 0;  // of its first byte in the whole
};

// Reads one line after the other and holds no more than one, so that a file may be larger than the
// memory.
class LineReader {
 public:
  explicit LineReader(const NamedText& text);  // whose bytes must outlive the reader
  explicit LineReader(InputFile file);

  // What messages call it.
  const std::string& name() const { return name_; }

  // The next line that is not empty, or nothing at the end; its text stays until the next call.
  // Errors: invalid_input, for a text without a line, for an empty line between others and for a
  // line of over 2 GiB; io. After an error the reader is of no more use.
  Result<std::optional<Line>> next();

 private:
  // The next line, empty or not, without its line feed, and where it begins.
  Result<std::optional<std::string_view>> next_raw(std::uint64_t& offset);
  Result<bool> read_more();

  std::string name_;
  std::optional<InputFile> file_;  // until its end
  std::string buffer_;             // of the file; `rest_` lies within
  std::string_view rest_;          // not handed out yet
  std::uint64_t offset_ = 0;       // of `rest_` in the whole
  std::size_t number_ = 0;         // of the line handed out last
  std::string blank_;              // place of the first empty line since the last full one
  bool any_ = false;               // whether there was a full line
};

// All lines of a text. Errors: as LineReader::next().
Result<std::vector<Line>> split_lines(const NamedText& file);

// Where the first bytes stand, from 0, that are not UTF-8; nothing if all of the text is.
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

// Errors, without the place: invalid_input, with the byte column for bad JSON and bad UTF-8; for a
// value that is no object; for a key given twice.
Result<nlohmann::json> parse_object(std::string_view line);

}  // namespace proctor::tasks
