// JSON as the formats of this folder spell it: whatever bytes a text holds, and Python's constants.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::reports::exchange {

// One line of JSON Lines. A string that is not UTF-8, such as an extract that begins inside a
// character, is spelt {"hex": "C3"}.
std::string json_line(nlohmann::ordered_json value);

// The text of a string, or of what json_line() spelt so; nothing for any other value.
std::optional<std::string> text_of(const nlohmann::json& value);

// JSON for readers that know no such spelling: bytes that are no UTF-8 are replaced by U+FFFD.
std::string plain_json(const nlohmann::ordered_json& value);

// Reads one JSON value as Python's json module writes it: with NaN, Infinity and -Infinity outside
// strings, each of which becomes null. Errors: invalid_input.
Result<nlohmann::json> parse_python_json(std::string_view text);

// object[key] if there is one and it is a string, else "".
std::string text_at(const nlohmann::json& object, const char* key);

// object[key] if there is one and it is an integer.
std::optional<std::int64_t> integer_at(const nlohmann::json& object, const char* key);

}  // namespace proctor::reports::exchange
