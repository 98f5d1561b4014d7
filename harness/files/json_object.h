// One line of JSON Lines, read with care: what is missing or of the wrong type is an error that
// names the field. The caller adds file and line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::harness {

// `field "name": complaint`, as invalid_input.
Error field_error(std::string_view field, std::string_view complaint);

// The object that a text holds. Errors: invalid_input.
Result<nlohmann::json> parse_object(const std::string& text);

// A string that must be there. Errors: invalid_input.
Result<std::string> text_field(const nlohmann::json& object, const char* field);

// The "id" of a line, a string or a number, to come back as it is. Errors: invalid_input, also for
// a number that neither an integer nor a double holds exactly.
Result<nlohmann::json> id_field(const nlohmann::json& object);

}  // namespace proctor::harness
