#include "tasks/importer.h"

#include <unordered_map>

#include "tasks/files.h"
#include "tasks/stored_dataset.h"

namespace proctor::tasks {
namespace {

using nlohmann::json;

struct Row {
  std::string place;  // "aime24.jsonl:17"
  json fields;
};

std::string field_named(std::string_view field) { return "field \"" + std::string(field) + "\""; }

Result<void> append_rows(const NamedText& file, std::vector<Row>& rows) {
  constexpr std::string_view kParquetMagic = "PAR1";
  if (file.text.starts_with(kParquetMagic)) {
    return Error(ErrorCode::invalid_input,
                 file.name +
                     ": a Parquet file; convert it to JSON Lines first, for example with Python: "
                     "pandas.read_parquet(\"FILE.parquet\").to_json(\"FILE.jsonl\", "
                     "orient=\"records\", lines=True)");
  }
  const Result<std::vector<Line>> lines = split_lines(file);
  if (!lines) return lines.error();
  for (const Line& line : *lines) {
    Result<json> fields = parse_object(line.text);
    if (!fields) return fields.error().within(line.place);
    rows.push_back({line.place, std::move(*fields)});
  }
  return {};
}

Result<std::vector<Row>> rows_of(std::span<const NamedText> texts) {
  std::vector<Row> rows;
  for (const NamedText& file : texts) {
    if (const Result<void> appended = append_rows(file, rows); !appended) return appended.error();
  }
  return rows;
}

Result<const Schema*> common_schema(std::span<const Schema> schemas, std::span<const Row> rows) {
  const Schema* common = nullptr;
  for (const Row& row : rows) {
    const Result<const Schema*> schema = recognise(schemas, row.fields);
    if (!schema) return schema.error().within(row.place);
    if (common == nullptr) common = *schema;
    if (*schema != common) {
      return Error(ErrorCode::invalid_input,
                   row.place + ": a row of " + std::string((*schema)->name) + ", but " +
                       rows.front().place + " is one of " + std::string(common->name));
    }
  }
  return common;
}

// The value of a field that must hold something: text as it is, an integer in decimal.
Result<std::string> label(const Row& row, std::string_view field) {
  const json& value = row.fields.at(field);
  if (value.is_number_integer()) return value.dump();
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
    return value.get<std::string>();
  }
  return unexpected("text or an integer", value).within(field_named(field)).within(row.place);
}

Result<void> check_marker(const Row& row, const Marker& marker) {
  if (marker.field.empty()) return {};
  const Result<std::string> value = label(row, marker.field);
  if (!value) return value.error();
  if (value->starts_with(marker.begins)) return {};
  return unexpected("text that begins with " + std::string(marker.begins),
                    row.fields.at(marker.field))
      .within(field_named(marker.field))
      .within(row.place);
}

Result<std::string> problem_of(const Row& row, std::string_view field) {
  const json& value = row.fields.at(field);
  if (value.is_string() &&
      value.get_ref<const std::string&>().find_first_not_of(" \t\r\n") != std::string::npos) {
    return value.get<std::string>();
  }
  return unexpected("text", value).within(field_named(field)).within(row.place);
}

Result<Question> question_of(const Benchmark& benchmark, const Schema& schema, const Row& row,
                             std::size_t row_number) {
  if (const Result<void> marked = check_marker(row, schema.marker); !marked) return marked.error();
  Question question;
  question.id = std::to_string(row_number);
  if (!schema.id.empty()) {
    Result<std::string> id = label(row, schema.id);
    if (!id) return id.error();
    question.id = std::move(*id);
  }
  Result<std::string> text = problem_of(row, schema.problem);
  if (!text) return text.error();
  question.text = std::move(*text);
  Result<std::string> gold = benchmark.normal_answer(row.fields.at(schema.answer));
  if (!gold) return gold.error().within(field_named(schema.answer)).within(row.place);
  question.gold = std::move(*gold);
  for (std::string_view field : schema.attributes) {
    Result<std::string> value = label(row, field);
    if (!value) return value.error();
    question.attributes.emplace_back(field, std::move(*value));
  }
  return question;
}

Result<std::vector<Question>> questions_of(const Benchmark& benchmark, const Schema& schema,
                                           std::span<const Row> rows) {
  std::vector<Question> questions;
  for (const Row& row : rows) {
    Result<Question> question = question_of(benchmark, schema, row, questions.size());
    if (!question) return question.error();
    questions.push_back(std::move(*question));
  }
  return questions;
}

// Two rows with one id cannot be told apart in a report; two with one text are a slip of whoever
// copied the file, which no count would show.
Result<void> check_unique(const Schema& schema, std::span<const Row> rows,
                          std::span<const Question> questions) {
  std::unordered_map<std::string_view, const Row*> ids;
  std::unordered_map<std::string_view, const Row*> texts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [id, new_id] = ids.emplace(questions[i].id, &rows[i]);
    if (!new_id) {
      return Error(ErrorCode::invalid_input,
                   "the same id as " + id->second->place + ", " + json(questions[i].id).dump())
          .within(field_named(schema.id))
          .within(rows[i].place);
    }
    const auto [text, new_text] = texts.emplace(questions[i].text, &rows[i]);
    if (!new_text) {
      return Error(ErrorCode::invalid_input, "the same question as " + text->second->place)
          .within(field_named(schema.problem))
          .within(rows[i].place);
    }
  }
  return {};
}

std::string joined_names(std::span<const NamedText> texts) {
  std::string names;
  for (const NamedText& file : texts) names += (names.empty() ? "" : ", ") + file.name;
  return names;
}

Result<void> check_count(const Task& task, std::span<const NamedText> texts, std::size_t found) {
  if (found == task.questions) return {};
  std::string message = std::string(task.title) + " has " + std::to_string(task.questions) +
                        " questions, found " + std::to_string(found);
  if (found < task.questions) message += "; give all its files at once if it comes in several";
  return Error(ErrorCode::invalid_input, std::move(message)).within(joined_names(texts));
}

}  // namespace

Result<Dataset> parse_texts(const Benchmark& benchmark, std::span<const NamedText> texts) {
  const Result<std::vector<Row>> rows = rows_of(texts);
  if (!rows) return rows.error();
  const Result<const Schema*> schema = common_schema(benchmark.schemas, *rows);
  if (!schema) return schema.error();
  Result<std::vector<Question>> questions = questions_of(benchmark, **schema, *rows);
  if (!questions) return questions.error();
  if (const auto unique = check_unique(**schema, *rows, *questions); !unique) return unique.error();
  if (const auto all = check_count(benchmark.task, texts, rows->size()); !all) return all.error();
  Dataset dataset;
  dataset.task = benchmark.task.name;
  dataset.hash = hash_of(*questions);
  dataset.schema = (*schema)->name;
  dataset.questions = std::move(*questions);
  return dataset;
}

Result<Dataset> parse_dataset(const Task& task, std::span<const std::filesystem::path> files) {
  if (files.empty()) return Error(ErrorCode::invalid_input, "no file to import");
  std::vector<std::string> contents;
  std::string source;
  for (const std::filesystem::path& file : files) {
    Result<std::string> content = read_whole_file(file);
    if (!content) return content.error();
    contents.push_back(std::move(*content));
    source += (source.empty() ? "" : ", ") + file.filename().string();
  }
  std::vector<NamedText> texts;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    texts.push_back({files[i].string(), contents[i]});
  }
  Result<Dataset> dataset = parse_texts(benchmark_of(task), texts);
  if (dataset) dataset->source = std::move(source);
  return dataset;
}

}  // namespace proctor::tasks
