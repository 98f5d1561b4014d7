#include "tasks/codeforces/judging.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tasks/schema.h"

namespace proctor::tasks::codeforces {
namespace {

using nlohmann::json;

constexpr const char* kOfficial = "official_tests";
constexpr const char* kGenerated = "generated_checker";
constexpr const char* kChecker = "checker";
constexpr const char* kInteractor = "interactor";
constexpr const char* kNumber = "test_case_i";

Error bad_field(const char* field, std::string_view why) {
  return Error(ErrorCode::invalid_input,
               "field \"" + std::string(field) + "\": " + std::string(why));
}

// All text was read from JSON, so it is valid UTF-8; replacing only keeps dump from throwing.
std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Null counts as not being there.
const json* field_of(const json& row, const char* field) {
  const auto found = row.find(field);
  return found == row.end() || found->is_null() ? nullptr : &*found;
}

std::string id_of(const json& row) {
  const json* id = field_of(row, "id");
  return id != nullptr && id->is_string() ? id->get<std::string>() : "";
}

bool is_program(const json& value) {
  const auto is_text = [&](const char* field) {
    const auto found = value.find(field);
    return found != value.end() && found->is_string();
  };
  return value.is_object() && is_text("language") && is_text("code");
}

// Appends a test to the list that `out` ends in.
Result<void> append_test(const json& test, std::string& out) {
  const auto text = [&](const char* key) -> const json* {
    const auto found = test.is_object() ? test.find(key) : test.end();
    return found != test.end() && found->is_string() ? &*found : nullptr;
  };
  const json* input = text("input");
  const json* output = text("output");
  if (input == nullptr || output == nullptr) {
    return Error(ErrorCode::invalid_input, "a test without texts \"input\" and \"output\"");
  }
  if (!out.ends_with('[')) out += ',';
  out.append("{\"input\":").append(dumped(*input)).append(",\"output\":").append(dumped(*output));
  out += '}';
  if (out.size() <= kMostTestsBytes) return {};
  return Error(ErrorCode::invalid_input, "more than 1 GiB of tests");
}

std::size_t official_count(const json& row) {
  const json* tests = field_of(row, kOfficial);
  return tests != nullptr && tests->is_array() ? tests->size() : 0;
}

Result<void> append_official(const json& row, std::string& out) {
  const json* tests = field_of(row, kOfficial);
  if (tests == nullptr) return {};
  if (!tests->is_array()) return unexpected("a list", *tests).within("field \"official_tests\"");
  for (const json& test : *tests) {
    const Result<void> appended = append_test(test, out);
    if (!appended) return appended.error().within("field \"official_tests\"");
  }
  return {};
}

Result<void> append_generated(const json& row, const RowsBeside& beside, std::string& out) {
  Result<std::vector<json>> tests = beside.rows(id_of(row));
  if (!tests) return tests.error();
  const auto number = [](const json& test) {
    const json* value = field_of(test, kNumber);
    return value != nullptr && value->is_number() ? value->get<double>() : 0.0;
  };
  std::stable_sort(tests->begin(), tests->end(),
                   [&](const json& one, const json& other) { return number(one) < number(other); });
  for (const json& test : *tests) {
    const Result<void> appended = append_test(test, out);
    if (!appended) return appended.error().within("generated tests");
  }
  return {};
}

Result<json> checker_of(const json& row) {
  if (const json* checker = field_of(row, kChecker)) {
    if (checker->is_string() || is_program(*checker)) return *checker;
    return bad_field(kChecker, "neither a name nor {\"language\", \"code\"}");
  }
  const json* generated = field_of(row, kGenerated);
  if (generated == nullptr || *generated == "") return json("open-r1");
  if (!generated->is_string())
    return unexpected("text", *generated).within("field \"generated_checker\"");
  return json{{"language", "python3"}, {"code", *generated}, {"convention", "open-r1"}};
}

// Everything but the tests.
Result<json> terms_of(const json& row, const Problem& problem) {
  Result<json> checker = checker_of(row);
  if (!checker) return checker;
  json terms = {{"checker", std::move(*checker)}};
  if (problem.seconds) terms["time_limit_s"] = *problem.seconds;
  if (problem.megabytes) terms["memory_limit_mb"] = *problem.megabytes;
  const json* interactor = field_of(row, kInteractor);
  if (interactor != nullptr) {
    if (!is_program(*interactor)) return bad_field(kInteractor, "not {\"language\", \"code\"}");
    terms["interactor"] = *interactor;
  } else if (problem.reads_files) {
    terms["input_file"] = kInputFile;
    terms["output_file"] = kOutputFile;
  }
  return terms;
}

}  // namespace

Result<std::string> tests_of(const json& row, const RowsBeside& beside) {
  const Result<Problem> problem = parse_problem(row);
  if (!problem) return problem.error();
  const Result<json> terms = terms_of(row, *problem);
  if (!terms) return terms.error();
  std::string out = dumped(*terms);
  out.pop_back();
  out += ",\"tests\":[";
  if (const Result<void> added = append_official(row, out); !added) return added.error();
  if (const Result<void> added = append_generated(row, beside, out); !added) return added.error();
  return out + "]}";
}

std::string why_ungradeable(const Problem& problem, const json& row, const RowsBeside& beside) {
  if (!problem.executable && field_of(row, kInteractor) == nullptr) {
    return problem.interaction.empty() ? "not executable" : "interactive without an interactor";
  }
  if (official_count(row) + beside.count(id_of(row)) == 0) return "without tests";
  if (!problem.seconds || !problem.megabytes) return "without limits";
  return {};
}

bool lacks_tests(const Problem& problem, const json& row, const RowsBeside& beside) {
  if (problem.tests_complete) return false;
  const auto generated = static_cast<std::int64_t>(beside.count(id_of(row)));
  return generated == 0 || generated < problem.generated_tests;
}

}  // namespace proctor::tasks::codeforces
