#include "harness/files/json_text.h"

#include <nlohmann/json.hpp>

namespace proctor::harness {
namespace {

constexpr int kOnOneLine = -1;

template <class Json>
std::string text_of(const Json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace

std::string compact_json(const nlohmann::json& value) { return text_of(value, kOnOneLine); }
std::string compact_json(const nlohmann::ordered_json& value) { return text_of(value, kOnOneLine); }

std::string indented_json(const nlohmann::json& value) { return text_of(value, 2) + "\n"; }
std::string indented_json(const nlohmann::ordered_json& value) { return text_of(value, 2) + "\n"; }

}  // namespace proctor::harness
