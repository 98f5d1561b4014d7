#include "harness/plan/suite.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "harness/core/whole_file.h"

namespace proctor::harness::plan {
namespace {

using nlohmann::json;

struct BuiltInSuite {
  const char* name;
  bool may_leave_out;  // what a machine cannot do
  tasks::Selection selection;
  std::vector<const char*> tasks;
};

const BuiltInSuite kBuiltInSuites[] = {
    // part of the program, for a first run
    {"quickstart",
     true,
     {},
     {"quickstart-aime", "quickstart-math", "quickstart-choice", "quickstart-code",
      "quickstart-contest"}},
    // the table of DeepSeek-R1
    {"r1",
     false,
     {.release = "release_v5", .window = "2024-08..2025-01"},
     {"aime24", "math500", "gpqa", "livecodebench"}},
};

Error bad_field(const std::string& where, std::string_view field, std::string_view why) {
  return Error(ErrorCode::invalid_input, fmt::format("{}: field \"{}\": {}", where, field, why));
}

Result<std::optional<int>> positive(const json& object, const char* field,
                                    const std::string& where) {
  const auto found = object.find(field);
  if (found == object.end()) return std::optional<int>();
  if (!found->is_number_unsigned() || *found < 1 || *found > 1'000'000) {
    return bad_field(where, field, "expected a number from 1 on");
  }
  return std::optional<int>(found->get<int>());
}

Result<void> known_fields(const json& object, std::initializer_list<std::string_view> known,
                          const std::string& where) {
  for (const auto& [field, value] : object.items()) {
    if (std::find(known.begin(), known.end(), field) == known.end()) {
      return bad_field(where, field, "unknown");
    }
  }
  return {};
}

Result<TaskRequest> parse_task(const json& entry, const std::string& where) {
  if (entry.is_string()) return TaskRequest{.task = entry.get<std::string>()};
  if (!entry.is_object()) {
    return Error(ErrorCode::invalid_input, where + ": expected a task's name or an object");
  }
  const Result<void> fields = known_fields(entry, {"task", "samples", "limit"}, where);
  if (!fields) return fields.error();
  const auto name = entry.find("task");
  if (name == entry.end() || !name->is_string()) return bad_field(where, "task", "missing");
  const Result<std::optional<int>> samples = positive(entry, "samples", where);
  if (!samples) return samples.error();
  const Result<std::optional<int>> limit = positive(entry, "limit", where);
  if (!limit) return limit.error();
  return TaskRequest{.task = name->get<std::string>(), .samples = *samples, .limit = *limit};
}

Result<Suite> parse_suite(const json& object, const std::string& file) {
  if (!object.is_object()) return Error(ErrorCode::invalid_input, file + ": not a JSON object");
  const Result<void> fields =
      known_fields(object, {"protocol", "release", "window", "tasks"}, file);
  if (!fields) return fields.error();
  Suite suite;
  if (const auto protocol = object.find("protocol"); protocol != object.end()) {
    if (!protocol->is_string()) return bad_field(file, "protocol", "expected a text");
    suite.protocol = protocol->get<std::string>();
  }
  for (const auto& [field, value] : {std::pair("release", &suite.selection.release),
                                     std::pair("window", &suite.selection.window)}) {
    const auto found = object.find(field);
    if (found == object.end()) continue;
    if (!found->is_string()) return bad_field(file, field, "expected a text");
    *value = found->get<std::string>();
  }
  const auto tasks = object.find("tasks");
  if (tasks == object.end() || !tasks->is_array() || tasks->empty()) {
    return bad_field(file, "tasks", "expected a list of tasks");
  }
  for (std::size_t i = 0; i < tasks->size(); ++i) {
    const Result<TaskRequest> task = parse_task((*tasks)[i], fmt::format("{}: tasks[{}]", file, i));
    if (!task) return task.error();
    suite.tasks.push_back(*task);
  }
  return suite;
}

}  // namespace

Result<Suite> load_suite(const std::string& name_or_file) {
  std::string known;
  for (const BuiltInSuite& suite : kBuiltInSuites) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", suite.name);
    if (suite.name != name_or_file) continue;
    Suite built_in;
    built_in.selection = suite.selection;
    for (const char* task : suite.tasks) {
      built_in.tasks.push_back({task, {}, {}, suite.may_leave_out});
    }
    return built_in;
  }
  const Result<std::string> text = read_whole_file(name_or_file);
  if (!text) {
    return Error(text.error().code(),
                 fmt::format("--suite: {}; nor is it one of: {}", text.error().message(), known));
  }
  const json object = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) {
    return Error(ErrorCode::invalid_input, name_or_file + ": not valid JSON");
  }
  return parse_suite(object, name_or_file);
}

}  // namespace proctor::harness::plan
