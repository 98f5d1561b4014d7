// The rows of an upstream file, one object after the other, whether they are written as JSON Lines
// or as comma-separated values below a line of names.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/core/result.h"
#include "tasks/csv.h"
#include "tasks/json_lines.h"

namespace proctor::tasks {

struct Row {
  std::string place;      // "aime24.jsonl:17"
  nlohmann::json fields;  // an object
};

class RowReader {
 public:
  // A file whose name ends in ".csv", in any case, is read whole as such; any other as JSON Lines,
  // of which one row is in memory at a time. Errors: not_found, invalid_input, io.
  static Result<RowReader> open(const std::filesystem::path& path);
  // JSON Lines, whose bytes must outlive the reader.
  explicit RowReader(const NamedText& text) : reader_(LineReader(text)) {}

  // What messages call it.
  const std::string& name() const;

  // The next row, or nothing at the end. The fields of a CSV file are texts.
  // Errors: invalid_input with the place, io. After an error the reader is of no more use.
  Result<std::optional<Row>> next();

 private:
  explicit RowReader(LineReader reader) : reader_(std::move(reader)) {}
  explicit RowReader(CsvReader reader) : reader_(std::move(reader)) {}

  Result<std::optional<Row>> next_of(LineReader& reader);
  Result<std::optional<Row>> next_of(CsvReader& reader);
  Result<void> read_names(CsvReader& reader);

  std::variant<LineReader, CsvReader> reader_;
  std::vector<std::string> names_;  // of a CSV file's columns, once its first line is read
};

}  // namespace proctor::tasks
