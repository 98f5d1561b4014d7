#include "tasks/stored_dataset.h"

#include "harness/core/sha256.h"
#include "harness/core/whole_file.h"
#include "tasks/files.h"
#include "tasks/importer.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kFormat = 1;

// One line of canonical JSON: keys sorted, no spaces. All text of ours was read from valid JSON;
// replacing invalid UTF-8 only keeps dump from throwing.
std::string line_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string line_of(const Question& question) {
  json attributes = json::object();
  for (const auto& [name, value] : question.attributes) attributes[name] = value;
  return line_of(json{{"id", question.id},
                      {"text", question.text},
                      {"gold", question.gold},
                      {"attributes", std::move(attributes)}});
}

std::string lines_of(std::span<const Question> questions) {
  std::string lines;
  for (const Question& question : questions) lines += line_of(question);
  return lines;
}

std::string header_of(const Dataset& dataset, std::size_t questions) {
  json header = {{"proctor_dataset", kFormat}, {"task", dataset.task},   {"schema", dataset.schema},
                 {"source", dataset.source},   {"questions", questions}, {"sha256", dataset.hash}};
  if (!dataset.release.empty()) header["release"] = dataset.release;
  return line_of(header);
}

Error corrupt(std::string_view place, std::string_view message) {
  return Error(ErrorCode::corrupt, std::string(message)).within(place);
}

bool knows_schema(const Benchmark& benchmark, std::string_view name) {
  for (const Schema& schema : benchmark.schemas) {
    if (schema.name == name) return true;
  }
  return false;
}

std::string text_field(const json& object, const char* field) {
  const auto value = object.find(field);
  return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

struct Header {
  Dataset dataset;  // without its questions
  std::size_t questions = 0;
};

Result<Header> parse_header(const Benchmark& benchmark, const Line& line) {
  const Result<json> header = parse_object(line.text);
  if (!header) return corrupt(line.place, header.error().message());
  if (!header->contains("proctor_dataset")) return corrupt(line.place, "not a proctor dataset");
  if (header->at("proctor_dataset") != kFormat) {
    return corrupt(line.place, "a format that this proctor does not read, " +
                                   header->at("proctor_dataset").dump());
  }
  Dataset dataset;
  dataset.task = text_field(*header, "task");
  dataset.schema = text_field(*header, "schema");
  dataset.source = text_field(*header, "source");
  dataset.hash = text_field(*header, "sha256");
  dataset.release = text_field(*header, "release");
  if (dataset.task != benchmark.task.name) {
    return corrupt(line.place, "the header is of task \"" + dataset.task + "\"");
  }
  if (!knows_schema(benchmark, dataset.schema)) {
    return corrupt(line.place, "the header names an unknown schema, \"" + dataset.schema + "\"");
  }
  std::size_t questions = benchmark.task.questions;
  const auto stated = header->find("questions");
  if (questions == 0 && stated != header->end() && stated->is_number_unsigned()) {
    questions = stated->get<std::size_t>();
  }
  if (header_of(dataset, questions) != std::string(line.text) + "\n") {
    return corrupt(line.place, "not a header as proctor writes it");
  }
  if (!dataset.release.empty() &&
      (benchmark.release == nullptr || benchmark.release({&questions, 1}) != dataset.release)) {
    return corrupt(line.place,
                   "the header names a release of another size, \"" + dataset.release + "\"");
  }
  return Header{std::move(dataset), questions};
}

Result<Question> parse_question(const Benchmark& benchmark, const Line& line) {
  const Result<json> row = parse_object(line.text);
  if (!row) return corrupt(line.place, row.error().message());
  Question question;
  question.id = text_field(*row, "id");
  question.text = text_field(*row, "text");
  question.gold = text_field(*row, "gold");
  const json attributes = row->value("attributes", json::object());
  for (const auto& [name, value] : attributes.items()) {
    if (value.is_string()) question.attributes.emplace_back(name, value.get<std::string>());
  }
  // Written again it must be the same bytes: nothing more, nothing less, nothing of another type.
  if (line_of(question) != std::string(line.text) + "\n") {
    return corrupt(line.place, "not a question as proctor writes it");
  }
  const Result<std::string> gold = benchmark.normal_answer(question.gold);
  if (!gold || *gold != question.gold) {
    return corrupt(line.place, "field \"gold\": not an answer of this task");
  }
  return question;
}

Result<void> discard_tests(const std::string&, std::string_view) { return {}; }

Result<Dataset> embedded_dataset(const Benchmark& benchmark) {
  const NamedText rows{std::string(benchmark.task.name), *benchmark.embedded};
  RowReader reader(rows);
  Result<Dataset> dataset = parse_rows(benchmark, std::span(&reader, 1), discard_tests);
  if (dataset) dataset->source = benchmark.task.source;
  return dataset;
}

Error not_imported(const fs::path& path, const Task& task) {
  const std::string name(task.name);
  const std::string fetch = task.hub.dataset.empty() ? "" : "proctor data fetch " + name + ", or: ";
  return Error(ErrorCode::not_found, name + ": no questions in " + path.parent_path().string() +
                                         "; get them with: " + fetch +
                                         "proctor data import FILE --task " + name);
}

}  // namespace

std::string hash_of(std::span<const Question> questions) { return sha256_hex(lines_of(questions)); }

fs::path dataset_path(const fs::path& dir, std::string_view task) {
  return dir / (std::string(task) + ".jsonl");
}

Result<void> save_dataset(const fs::path& dir, const Dataset& dataset) {
  const std::string lines = lines_of(dataset.questions);
  check(dataset.hash == sha256_hex(lines));
  return replace_file(dataset_path(dir, dataset.task),
                      header_of(dataset, dataset.questions.size()) + lines);
}

Result<Dataset> parse_stored(const Benchmark& benchmark, const NamedText& file) {
  const Result<std::vector<Line>> lines = split_lines(file);
  if (!lines) return Error(ErrorCode::corrupt, lines.error().message());
  Result<Header> header = parse_header(benchmark, lines->front());
  if (!header) return header.error();
  Dataset& dataset = header->dataset;
  for (const Line& line : std::span(*lines).subspan(1)) {
    Result<Question> question = parse_question(benchmark, line);
    if (!question) return question.error();
    dataset.questions.push_back(std::move(*question));
  }
  if (dataset.questions.size() != header->questions) {
    return corrupt(file.name, "expected " + std::to_string(header->questions) +
                                  " questions, found " + std::to_string(dataset.questions.size()));
  }
  if (dataset.hash != hash_of(dataset.questions)) {
    return corrupt(file.name, "the questions do not have the hash that the header states");
  }
  return std::move(dataset);
}

Result<Dataset> load_dataset(const fs::path& dir, const Task& task) {
  const Benchmark& benchmark = benchmark_of(task);
  if (benchmark.embedded != nullptr) return embedded_dataset(benchmark);
  const fs::path path = dataset_path(dir, task.name);
  const Result<std::string> text = read_whole_file(path);
  if (!text) {
    if (text.error().code() == ErrorCode::not_found) return not_imported(path, task);
    return text.error();
  }
  return parse_stored(benchmark, {path.string(), *text});
}

}  // namespace proctor::tasks
