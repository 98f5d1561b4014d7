#include "tasks/codeforces/problem.h"

#include <cmath>
#include <string_view>

#include "tasks/schema.h"

namespace proctor::tasks::codeforces {
namespace {

using nlohmann::json;

// Reads fields of a row that has them all, and remembers the first that does not fit.
class Fields {
 public:
  explicit Fields(const json& row) : row_(row) {}

  // Empty for null.
  std::string text(const char* field) { return text_of(row_.at(field), field); }

  // Text, or a number in its place.
  std::string label(const char* field) {
    const json& value = row_.at(field);
    return value.is_number_integer() ? value.dump() : text(field);
  }

  bool flag(const char* field) {
    const json& value = row_.at(field);
    if (!value.is_boolean()) note(field, "true or false", value);
    return value.is_boolean() && value.get<bool>();
  }

  // More than 0 and at most `most`; nothing for null.
  std::optional<double> amount(const char* field, double most) {
    const json& value = row_.at(field);
    if (value.is_null()) return std::nullopt;
    const double number = value.is_number() ? value.get<double>() : 0;
    if (number > 0 && number <= most) return number;
    note(field, "a number over 0 and at most " + std::to_string(static_cast<long>(most)), value);
    return std::nullopt;
  }

  std::optional<int> whole(const char* field) {
    const json& value = row_.at(field);
    if (value.is_null()) return std::nullopt;
    const double number = value.is_number() ? value.get<double>() : NAN;
    if (number == std::floor(number) && std::fabs(number) < 1e9) return static_cast<int>(number);
    note(field, "a whole number", value);
    return std::nullopt;
  }

  std::vector<std::string> texts(const char* field) {
    std::vector<std::string> texts;
    for (const json& value : list(field)) texts.push_back(text_of(value, field));
    return texts;
  }

  std::vector<Example> examples(const char* field) {
    std::vector<Example> examples;
    for (const json& value : list(field)) {
      const bool sound = value.is_object() && value.contains("input") && value.contains("output");
      if (!sound) {
        note(field, "objects with \"input\" and \"output\"", value);
        return examples;
      }
      examples.push_back({text_of(value["input"], field), text_of(value["output"], field)});
    }
    return examples;
  }

  std::string one_of(const char* field, std::initializer_list<std::string_view> known) {
    std::string value = text(field);
    for (const std::string_view name : known) {
      if (value == name) return value;
    }
    std::string names;
    for (const std::string_view name : known) {
      names += (names.empty() ? "" : " or ") + std::string(name);
    }
    note(field, names, row_.at(field));
    return value;
  }

  const std::optional<Error>& problem() const { return problem_; }

 private:
  const json& list(const char* field) {
    static const json kNone = json::array();
    const json& value = row_.at(field);
    if (value.is_array()) return value;
    if (!value.is_null()) note(field, "a list", value);
    return kNone;
  }

  std::string text_of(const json& value, const char* field) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_null()) note(field, "text", value);
    return {};
  }

  void note(const char* field, std::string_view wanted, const json& value) {
    if (problem_) return;
    problem_ = unexpected(wanted, value).within("field \"" + std::string(field) + "\"");
  }

  const json& row_;
  std::optional<Error> problem_;
};

}  // namespace

Result<Problem> parse_problem(const json& row) {
  Fields fields(row);
  Problem problem;
  problem.contest = fields.label("contest_id");
  problem.index = fields.label("index");
  problem.title = fields.text("title");
  problem.description = fields.text("description");
  problem.input_format = fields.text("input_format");
  problem.output_format = fields.text("output_format");
  problem.interaction = fields.text("interaction_format");
  problem.note = fields.text("note");
  problem.examples = fields.examples("examples");
  problem.seconds = fields.amount("time_limit", 3600);
  problem.megabytes = fields.amount("memory_limit", 1 << 20);
  problem.reads_files = fields.one_of("input_mode", {"stdio", "file"}) == "file";
  problem.rating = fields.whole("rating");
  problem.year = fields.whole("contest_start_year");
  problem.tags = fields.texts("tags");
  problem.aliases = fields.texts("aliases");
  problem.executable = fields.flag("executable");
  problem.tests_complete = fields.flag("official_tests_complete");
  problem.generated_tests = fields.whole("generated_tests").value_or(0);
  if (fields.problem()) return *fields.problem();
  return problem;
}

}  // namespace proctor::tasks::codeforces
