// Values as JSON text, for results and for what is stored or hashed. Bytes that are not UTF-8, as
// in an extract that begins inside a character or in a path, are replaced.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace proctor::harness {

// On one line, without a line break at its end.
std::string compact_json(const nlohmann::json& value);
std::string compact_json(const nlohmann::ordered_json& value);

// Indented, with a line break at its end.
std::string indented_json(const nlohmann::json& value);
std::string indented_json(const nlohmann::ordered_json& value);

}  // namespace proctor::harness
