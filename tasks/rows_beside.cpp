#include "tasks/rows_beside.h"

#include "tasks/files.h"
#include "tasks/json_lines.h"
#include "tasks/schema.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The field that a row lacks; empty if it is of the schema.
std::string_view missing_field(const json& row, const BesideSchema& schema) {
  if (!row.contains(schema.key)) return schema.key;
  for (const std::string_view field : schema.others) {
    if (!row.contains(field)) return field;
  }
  return {};
}

Result<json> parse_row(const Line& line) {
  Result<json> row = parse_object(line.text);
  if (!row) return row.error().within(line.place);
  return row;
}

}  // namespace

Result<bool> RowsBeside::are_in(const fs::path& path, const BesideSchema& schema) {
  Result<InputFile> file = InputFile::open(path);
  if (!file) return file.error();
  LineReader reader(std::move(*file));
  const Result<std::optional<Line>> line = reader.next();
  if (!line) return line.error();
  // What is no JSON at all is a dataset's trouble, with whose words it is refused.
  const Result<json> row = parse_object((*line)->text);
  return row && missing_field(*row, schema).empty();
}

Result<void> RowsBeside::add(const fs::path& path, const BesideSchema& schema) {
  Result<InputFile> file = InputFile::open(path);
  if (!file) return file.error();
  LineReader reader(std::move(*file));
  files_.push_back(path);
  while (true) {
    const Result<std::optional<Line>> line = reader.next();
    if (!line) return line.error();
    if (!*line) return {};
    const Result<json> row = parse_row(**line);
    if (!row) return row.error();
    const std::string_view missing = missing_field(*row, schema);
    if (!missing.empty()) {
      return Error(ErrorCode::invalid_input,
                   (*line)->place + ": field \"" + std::string(missing) + "\": missing");
    }
    const json& key = row->at(schema.key);
    if (!key.is_string()) {
      return unexpected("text", key)
          .within("field \"" + std::string(schema.key) + "\"")
          .within((*line)->place);
    }
    places_[key.get<std::string>()].push_back(
        {files_.size() - 1, (*line)->offset, (*line)->text.size()});
  }
}

std::size_t RowsBeside::count(const std::string& key) const {
  const auto found = places_.find(key);
  return found == places_.end() ? 0 : found->second.size();
}

Result<std::vector<json>> RowsBeside::rows(const std::string& key) const {
  std::vector<json> rows;
  const auto found = places_.find(key);
  if (found == places_.end()) return rows;
  for (const Place& place : found->second) {
    const fs::path& path = files_[place.file];
    const Result<std::string> text = read_part_of_file(path, place.offset, place.size);
    if (!text) return text.error();
    Result<json> row = parse_object(*text);
    if (!row) {
      return Error(ErrorCode::invalid_input, path.string() + ": changed while it was read");
    }
    rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace proctor::tasks
