#include "harness/files/json_object.h"

#include <fmt/core.h>

#include <cmath>

namespace proctor::harness {

using nlohmann::json;

Error field_error(std::string_view field, std::string_view complaint) {
  return Error(ErrorCode::invalid_input, fmt::format("field \"{}\": {}", field, complaint));
}

Result<json> parse_object(const std::string& text) {
  try {
    json object = json::parse(text);
    if (object.is_object()) return object;
    return Error(ErrorCode::invalid_input,
                 fmt::format("expected an object, found {}", object.type_name()));
  } catch (const json::parse_error& error) {
    return Error(ErrorCode::invalid_input, fmt::format("not JSON from byte {}", error.byte));
  } catch (const json::out_of_range&) {
    return Error(ErrorCode::invalid_input, "a number is out of range");
  }
}

Result<std::string> text_field(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end()) return field_error(field, "missing");
  if (!found->is_string()) {
    return field_error(field, fmt::format("expected a string, found {}", found->type_name()));
  }
  return found->get<std::string>();
}

Result<json> id_field(const json& object) {
  constexpr double kExact = 9007199254740992;  // 2^53
  const auto found = object.find("id");
  if (found == object.end()) return field_error("id", "missing");
  if (found->is_string() || found->is_number_integer()) return *found;
  if (!found->is_number()) {
    return field_error("id",
                       fmt::format("expected a string or a number, found {}", found->type_name()));
  }
  if (std::fabs(found->get<double>()) >= kExact) {
    return field_error("id", "number too large to be kept exactly; make it a string");
  }
  return *found;
}

}  // namespace proctor::harness
