#include "tasks/livecodebench/tests_field.h"

#include <string_view>

#include "tasks/livecodebench/base64.h"
#include "tasks/livecodebench/inflate.h"
#include "tasks/livecodebench/pickle.h"

namespace proctor::tasks::livecodebench {
namespace {

using nlohmann::json;

Error bad_field(const char* field, const Error& why) {
  return why.within("field \"" + std::string(field) + "\"");
}

Error bad_field(const char* field, std::string_view why) {
  return bad_field(field, Error(ErrorCode::invalid_input, std::string(why)));
}

// The text of a field that a row of the schema has; null if it holds something else.
const std::string* text_of(const json& row, const char* field) {
  return row.at(field).get_ptr<const std::string*>();
}

// Discarded if the text is no JSON.
json parse_json(std::string_view text) {
  try {
    return json::parse(text, nullptr, /*allow_exceptions=*/false);
  } catch (const json::exception&) {  // numbers out of range are thrown all the same
    return json(json::value_t::discarded);
  }
}

Result<json> unpack_tests(const std::string& text) {
  json plain = parse_json(text);
  if (!plain.is_discarded()) return plain;
  Result<std::string> bytes = decode_base64(text);
  if (!bytes) return bytes.error();
  const Result<std::string> pickle = inflate(*bytes, kMostUnpackedBytes);
  if (!pickle) return pickle.error();
  const Result<std::string_view> inner = text_in_pickle(*pickle);
  if (!inner) return inner.error();
  json tests = parse_json(*inner);
  if (tests.is_discarded()) return Error(ErrorCode::invalid_input, "the pickled text is not JSON");
  return tests;
}

// All text was read from JSON, so it is valid UTF-8; replacing only keeps dump from throwing.
std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

// Appends the tests to the list that `out` ends in, and lets go of them.
Result<void> append_tests(const char* field, json tests, std::string& out) {
  if (!tests.is_array()) return bad_field(field, "not a list of tests");
  for (std::size_t i = 0; i < tests.size(); ++i) {
    json& test = tests[i];
    const auto text = [&](const char* key) -> const std::string* {
      const auto found = test.is_object() ? test.find(key) : test.end();
      return found == test.end() ? nullptr : found->get_ptr<const std::string*>();
    };
    const std::string* input = text("input");
    const std::string* output = text("output");
    const std::string* type = text("testtype");
    if (input == nullptr || output == nullptr) {
      return bad_field(field, "test " + std::to_string(i) + ": no texts \"input\" and \"output\"");
    }
    if (type == nullptr || (*type != "stdin" && *type != "functional")) {
      return bad_field(field, "test " + std::to_string(i) +
                                  ": \"testtype\" is neither \"stdin\" nor \"functional\"");
    }
    if (!out.ends_with('[')) out += ',';
    out += "{\"input\":" + quoted(*input) + ",\"output\":" + quoted(*output) + "}";
    test = nullptr;
  }
  return {};
}

// "" for a program that reads standard input.
Result<std::string> function_of(const json& row) {
  constexpr const char* kField = "metadata";
  const std::string* text = text_of(row, kField);
  const json metadata = text == nullptr ? json() : parse_json(*text);
  if (!metadata.is_object()) return bad_field(kField, "not the text of a JSON object");
  const auto name = metadata.find("func_name");
  if (name == metadata.end()) return std::string();
  if (name->is_string() && *name != "") return name->get<std::string>();
  return bad_field(kField, "\"func_name\" is not a name");
}

}  // namespace

Result<std::string> tests_of(const json& row) {
  const Result<std::string> function = function_of(row);
  if (!function) return function.error();
  const std::string* starter = text_of(row, "starter_code");
  if (starter == nullptr) return bad_field("starter_code", "expected text");
  if (!function->empty() && starter->empty()) {
    return bad_field("starter_code", "empty, though a function is asked for");
  }
  const std::string* public_text = text_of(row, "public_test_cases");
  if (public_text == nullptr) return bad_field("public_test_cases", "expected text");
  const std::string* private_text = text_of(row, "private_test_cases");
  if (private_text == nullptr) return bad_field("private_test_cases", "expected text");

  std::string out = "{";
  if (!function->empty()) out += "\"function\":" + quoted(*function) + ",";
  out += "\"starter_code\":" + quoted(*starter) + ",\"tests\":[";
  Result<void> added = append_tests("public_test_cases", parse_json(*public_text), out);
  if (!added) return added.error();
  Result<json> private_tests = unpack_tests(*private_text);
  if (!private_tests) return bad_field("private_test_cases", private_tests.error());
  added = append_tests("private_test_cases", std::move(*private_tests), out);
  if (!added) return added.error();
  if (out.ends_with('[')) return bad_field("private_test_cases", "no test, here or in public");
  return out + "]}";
}

}  // namespace proctor::tasks::livecodebench
