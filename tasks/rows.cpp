#include "tasks/rows.h"

#include <algorithm>
#include <set>

#include "harness/core/whole_file.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;

bool is_csv(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension == ".csv";
}

}  // namespace

Result<RowReader> RowReader::open(const fs::path& path) {
  if (is_csv(path)) {
    Result<std::string> text = read_whole_file(path);
    if (!text) return text.error();
    return RowReader(CsvReader(path.string(), std::move(*text)));
  }
  Result<InputFile> file = InputFile::open(path);
  if (!file) return file.error();
  return RowReader(LineReader(std::move(*file)));
}

const std::string& RowReader::name() const {
  return std::visit([](const auto& reader) -> const std::string& { return reader.name(); },
                    reader_);
}

Result<std::optional<Row>> RowReader::next() {
  return std::visit([this](auto& reader) { return next_of(reader); }, reader_);
}

Result<std::optional<Row>> RowReader::next_of(LineReader& reader) {
  const Result<std::optional<Line>> line = reader.next();
  if (!line) return line.error();
  if (!*line) return std::optional<Row>();
  constexpr std::string_view kParquetMagic = "PAR1";
  if ((*line)->text.starts_with(kParquetMagic)) {
    return Error(ErrorCode::invalid_input,
                 reader.name() +
                     ": a Parquet file; convert it to JSON Lines first, for example with Python: "
                     "pandas.read_parquet(\"FILE.parquet\").to_json(\"FILE.jsonl\", "
                     "orient=\"records\", lines=True)");
  }
  Result<nlohmann::json> fields = parse_object((*line)->text);
  if (!fields) return fields.error().within((*line)->place);
  return std::optional<Row>({(*line)->place, std::move(*fields)});
}

Result<void> RowReader::read_names(CsvReader& reader) {
  Result<std::optional<CsvRecord>> header = reader.next();
  if (!header) return header.error();
  names_ = std::move((*header)->fields);  // a text without a record is an error
  std::set<std::string_view> seen;
  for (const std::string& name : names_) {
    if (seen.insert(name).second) continue;
    return Error(ErrorCode::invalid_input,
                 (*header)->place + ": two columns are named \"" + name + "\"");
  }
  return {};
}

Result<std::optional<Row>> RowReader::next_of(CsvReader& reader) {
  const bool first = names_.empty();
  if (first) {
    if (const Result<void> read = read_names(reader); !read) return read.error();
  }
  Result<std::optional<CsvRecord>> record = reader.next();
  if (!record) return record.error();
  if (!*record && first) {
    return Error(ErrorCode::invalid_input, reader.name() + ": no row below the columns' names");
  }
  if (!*record) return std::optional<Row>();
  std::vector<std::string>& values = (*record)->fields;
  if (values.size() != names_.size()) {
    return Error(ErrorCode::invalid_input, (*record)->place + ": expected " +
                                               std::to_string(names_.size()) + " fields, found " +
                                               std::to_string(values.size()));
  }
  nlohmann::json fields = nlohmann::json::object();
  for (std::size_t i = 0; i < names_.size(); ++i) fields[names_[i]] = std::move(values[i]);
  return std::optional<Row>({std::move((*record)->place), std::move(fields)});
}

}  // namespace proctor::tasks
