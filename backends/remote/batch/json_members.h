// Members of a service's JSON, which may be anything: reading one never fails, and finds nothing
// where there is none of that kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace proctor::backends {

inline const nlohmann::json& member(const nlohmann::json& object, const char* key) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

inline std::string text_member(const nlohmann::json& object, const char* key) {
  const auto* text = member(object, key).get_ptr<const nlohmann::json::string_t*>();
  return text == nullptr ? std::string() : *text;
}

// Cut to what a few of them can be added up to.
inline std::int64_t number_member(const nlohmann::json& object, const char* key) {
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  const nlohmann::json& value = member(object, key);
  if (!value.is_number_integer()) return 0;
  if (value > kMost) return kMost;
  return value < -kMost ? -kMost : value.get<std::int64_t>();
}

// Whether a document nests deeper than any service's. nlohmann/json reads such ones, but copies and
// writes by recursion, which ends with the stack.
inline bool nests_too_deeply(std::string_view document) {
  constexpr int kMost = 1000;
  int depth = 0;
  bool in_text = false;
  for (std::size_t at = 0; at < document.size() && depth <= kMost; ++at) {
    const char byte = document[at];
    if (byte == '"') in_text = !in_text;
    if (in_text) {
      if (byte == '\\') ++at;
    } else if (byte == '[' || byte == '{') {
      ++depth;
    } else if (byte == ']' || byte == '}') {
      --depth;
    }
  }
  return depth > kMost;
}

// As text again; what is no Unicode is replaced. Not for what nests_too_deeply().
inline std::string compact(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace proctor::backends
