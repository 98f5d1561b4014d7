#include "tasks/importer.h"

#include <algorithm>
#include <unordered_map>

#include "harness/core/sha256.h"
#include "tasks/stored_dataset.h"
#include "tasks/stored_tests.h"

namespace proctor::tasks {
namespace {

using nlohmann::json;

std::string field_named(std::string_view field) { return "field \"" + std::string(field) + "\""; }

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

constexpr std::string_view kWhiteSpace = " \t\r\n";

std::string stripped(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kWhiteSpace), text.size());
  const std::size_t end = text.find_last_not_of(kWhiteSpace) + 1;
  return std::string(text.substr(begin, std::max(begin, end) - begin));
}

Result<std::string> problem_of(const Row& row, std::string_view field) {
  const json& value = row.fields.at(field);
  if (value.is_string() &&
      value.get_ref<const std::string&>().find_first_not_of(kWhiteSpace) != std::string::npos) {
    return value.get<std::string>();
  }
  return unexpected("text", value).within(field_named(field)).within(row.place);
}

// The options of a multiple choice as attributes.
Result<void> add_options(const Schema& schema, const Row& row, Question& question) {
  for (std::size_t i = 0; i < schema.options.size(); ++i) {
    const std::string_view field = schema.options[i];
    const Result<std::string> value = label(row, field);
    if (!value) return value.error();
    std::string option = stripped(*value);
    if (option.empty()) {
      return unexpected("text", row.fields.at(field)).within(field_named(field)).within(row.place);
    }
    question.attributes.emplace_back(std::string(kOptionPrefix) + std::to_string(i + 1),
                                     std::move(option));
  }
  return {};
}

// The id, the text and what to break results down by.
Result<Question> question_of(const Schema& schema, const Row& row, std::size_t row_number) {
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
  question.text = schema.options.empty() ? std::move(*text) : stripped(*text);
  if (const Result<void> added = add_options(schema, row, question); !added) return added.error();
  for (std::string_view field : schema.attributes) {
    Result<std::string> value = label(row, field);
    if (!value) return value.error();
    question.attributes.emplace_back(field, std::move(*value));
  }
  for (std::string_view field : schema.optional) {
    if (row.fields.at(field) == "") continue;
    Result<std::string> value = label(row, field);
    if (!value) return value.error();
    question.attributes.emplace_back(field, std::move(*value));
  }
  std::sort(question.attributes.begin(), question.attributes.end());
  return question;
}

// Turns rows into questions, one at a time: those of programs are large.
class Rows {
 public:
  Rows(const Benchmark& benchmark, const KeepTests& keep_tests, const RowsBeside& beside)
      : benchmark_(benchmark), keep_tests_(keep_tests), beside_(beside) {}

  Result<void> add(Row row) {
    if (Result<void> same = same_schema(row); !same) return same;
    Result<Question> question = question_of(*schema_, row, questions_.size());
    if (!question) return question.error();
    if (benchmark_.describe != nullptr) {
      if (const Result<void> described = benchmark_.describe(row.fields, beside_, *question);
          !described) {
        return described.error().within(row.place);
      }
      std::sort(question->attributes.begin(), question->attributes.end());
    }
    if (Result<void> is_new = note(row, *question); !is_new) return is_new;
    if (benchmark_.check_row != nullptr) {
      if (const Result<void> sound = benchmark_.check_row(row.fields); !sound) {
        return sound.error().within(row.place);
      }
    }
    Result<std::string> gold = gold_of(std::move(row));
    if (!gold) return gold.error();
    question->gold = std::move(*gold);
    questions_.push_back(std::move(*question));
    return {};
  }

  std::size_t count() const { return questions_.size(); }
  const Schema& schema() const { return *schema_; }
  std::vector<Question> take() && {
    if (!schema_->options.empty()) number_questions();
    return std::move(questions_);
  }

 private:
  void number_questions() {
    const std::string of_all = " of " + std::to_string(questions_.size());
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      auto& attributes = questions_[i].attributes;
      attributes.emplace_back(kPlaceAttribute, std::to_string(i + 1) + of_all);
      std::sort(attributes.begin(), attributes.end());
    }
  }

  Result<void> same_schema(const Row& row) {
    const Result<const Schema*> schema = recognise(benchmark_.schemas, row.fields);
    if (!schema) return schema.error().within(row.place);
    if (schema_ == nullptr) schema_ = *schema;
    if (*schema == schema_) return {};
    return Error(ErrorCode::invalid_input,
                 row.place + ": a row of " + std::string((*schema)->name) + ", but " +
                     places_.front() + " is one of " + std::string(schema_->name));
  }

  // Two rows with one id cannot be told apart in a report; two with one text are a slip of whoever
  // copied the file, which no count would show.
  Result<void> note(const Row& row, const Question& question) {
    const auto [id, new_id] = ids_.emplace(question.id, places_.size());
    if (!new_id) {
      return Error(ErrorCode::invalid_input,
                   "the same id as " + places_[id->second] + ", " + json(question.id).dump())
          .within(field_named(schema_->id))
          .within(row.place);
    }
    const auto [text, new_text] = texts_.emplace(content_of(question), places_.size());
    if (!new_text && !benchmark_.may_repeat) {
      return Error(ErrorCode::invalid_input, "the same question as " + places_[text->second])
          .within(field_named(schema_->problem))
          .within(row.place);
    }
    places_.push_back(row.place);
    return {};
  }

  // Multiple choices may ask one question about different options.
  static std::string content_of(const Question& question) {
    std::string content = question.text;
    for (const std::string_view option : options_of(question)) {
      content += '\0';
      content += option;
    }
    return content;
  }

  Result<std::string> gold_of(Row row) {
    if (!schema_->options.empty()) {
      const auto place =
          std::find(schema_->options.begin(), schema_->options.end(), schema_->answer);
      return std::string(1, static_cast<char>('A' + (place - schema_->options.begin())));
    }
    if (benchmark_.tests == nullptr) {
      Result<std::string> gold = benchmark_.normal_answer(row.fields.at(schema_->answer));
      if (!gold) return gold.error().within(field_named(schema_->answer)).within(row.place);
      return gold;
    }
    const Result<std::string> tests = benchmark_.tests(row.fields, beside_);
    if (!tests) return tests.error().within(row.place);
    row.fields.clear();  // large, as the tests are
    std::string gold = sha256_hex(*tests);
    if (const Result<void> kept = keep_tests_(gold, *tests); !kept) return kept.error();
    return gold;
  }

  const Benchmark& benchmark_;
  const KeepTests& keep_tests_;
  const RowsBeside& beside_;
  const Schema* schema_ = nullptr;  // of all rows
  std::vector<Question> questions_;
  std::vector<std::string> places_;  // of each question
  std::unordered_map<std::string, std::size_t> ids_;
  std::unordered_map<std::string, std::size_t> texts_;
};

std::string joined_names(std::span<const RowReader> files) {
  std::string names;
  for (const RowReader& file : files) names += (names.empty() ? "" : ", ") + file.name();
  return names;
}

Result<void> check_count(const Task& task, std::span<const RowReader> files, std::size_t found) {
  if (task.questions == 0 || found == task.questions) return {};
  std::string message = std::string(task.title) + " has " + std::to_string(task.questions) +
                        " questions, found " + std::to_string(found);
  if (found < task.questions) message += "; give all its files at once if it comes in several";
  return Error(ErrorCode::invalid_input, std::move(message)).within(joined_names(files));
}

// Whether the file holds rows that belong to those of others, which are then at hand.
Result<bool> add_beside(const Benchmark& benchmark, const std::filesystem::path& path,
                        RowsBeside& beside) {
  if (benchmark.beside == nullptr) return false;
  const Result<bool> are = RowsBeside::are_in(path, *benchmark.beside);
  if (!are || !*are) return are;
  const Result<void> added = beside.add(path, *benchmark.beside);
  if (!added) return added.error();
  return true;
}

}  // namespace

Result<Dataset> parse_rows(const Benchmark& benchmark, std::span<RowReader> files,
                           const KeepTests& keep_tests,
                           const std::function<void(std::size_t rows)>& on_row,
                           const RowsBeside& beside) {
  Rows rows(benchmark, keep_tests, beside);
  std::vector<std::size_t> rows_of_files;
  for (RowReader& file : files) {
    const std::size_t before = rows.count();
    while (true) {
      Result<std::optional<Row>> row = file.next();
      if (!row) return row.error();
      if (!*row) break;
      if (const Result<void> added = rows.add(std::move(**row)); !added) return added.error();
      if (on_row) on_row(rows.count());
    }
    rows_of_files.push_back(rows.count() - before);
  }
  if (const auto all = check_count(benchmark.task, files, rows.count()); !all) return all.error();
  Dataset dataset;
  dataset.task = benchmark.task.name;
  if (benchmark.release != nullptr) dataset.release = benchmark.release(rows_of_files);
  dataset.schema = rows.schema().name;
  dataset.questions = std::move(rows).take();
  dataset.hash = hash_of(dataset.questions);
  return dataset;
}

Result<Dataset> parse_dataset(const Task& task, std::span<const std::filesystem::path> files,
                              const std::filesystem::path& dir,
                              const std::function<void(std::size_t rows)>& on_row) {
  if (files.empty()) return Error(ErrorCode::invalid_input, "no file to import");
  const Benchmark& benchmark = benchmark_of(task);
  std::vector<RowReader> readers;
  std::string source;
  RowsBeside beside;
  std::size_t files_beside = 0;  // too many to be named
  for (const std::filesystem::path& path : files) {
    const Result<bool> aside = add_beside(benchmark, path, beside);
    if (!aside) return aside.error();
    if (*aside) {
      ++files_beside;
      continue;
    }
    source += (source.empty() ? "" : ", ") + path.filename().string();
    Result<RowReader> reader = RowReader::open(path);
    if (!reader) return reader.error();
    readers.push_back(std::move(*reader));
  }
  if (readers.empty()) {
    return Error(ErrorCode::invalid_input, "no file with questions, only rows that belong to some");
  }
  if (files_beside > 0) source += " and " + std::to_string(files_beside) + " beside";
  const KeepTests keep_tests = [&](const std::string& sha256, std::string_view tests) {
    return save_tests(dir, task.name, sha256, tests);
  };
  Result<Dataset> dataset = parse_rows(benchmark, readers, keep_tests, on_row, beside);
  if (dataset) dataset->source = std::move(source);
  return dataset;
}

}  // namespace proctor::tasks
