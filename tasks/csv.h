// Comma-separated values as RFC 4180 has them: fields between commas, in double quotes where they
// hold commas, quotes (doubled) or line breaks. A byte order mark and empty lines at the end are
// let pass; everything else that is odd is an error with its line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::tasks {

struct CsvRecord {
  std::string place;  // "gpqa_diamond.csv:17", the line on which the record begins
  std::vector<std::string> fields;
};

// Reads one record after the other from a text that it keeps.
class CsvReader {
 public:
  // `name` is what messages call the text.
  CsvReader(std::string name, std::string text);

  const std::string& name() const { return name_; }

  // The next record, or nothing at the end. Errors: invalid_input, for a text without a record, a
  // quote that is never closed or stands within a field, an empty line between others, and bytes
  // that are not UTF-8. After an error the reader is of no more use.
  Result<std::optional<CsvRecord>> next();

 private:
  std::string place() const;
  bool at_line_end() const;
  void skip_line_end();
  Result<std::string> quoted_field();
  Result<std::string> field();

  std::string name_;
  std::string text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool any_ = false;
};

}  // namespace proctor::tasks
