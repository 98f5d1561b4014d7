// JSON Lines as people's tools write them: a byte order mark, CRLF and empty lines at the end are
// let pass; everything else that is not one object a line is an error with its place.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::tasks {

// The content of a file, and what messages shall call it.
struct NamedText {
  std::string name;
  std::string_view text;
};

struct Line {
  std::string place;      // "aime24.jsonl:17"
  std::string_view text;  // within the given text, without its line ending
};

// Errors: invalid_input, for a text without a line and for an empty line between others.
Result<std::vector<Line>> split_lines(const NamedText& file);

// Errors, without the place: invalid_input, with the byte column for bad JSON and bad UTF-8; for a
// value that is no object; for a key given twice.
Result<nlohmann::json> parse_object(std::string_view line);

}  // namespace proctor::tasks
