#include "reports/exchange/json_text.h"

#include <fmt/core.h>

#include <array>

namespace proctor::reports::exchange {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string hex_of(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return hex;
}

std::optional<std::string> bytes_of(const std::string& hex) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const std::size_t high = kDigits.find(hex[i]);
    const std::size_t low = kDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

// The library knows what is UTF-8 and says so by throwing.
std::optional<std::string> dump(const ordered_json& value) {
  try {
    return value.dump();
  } catch (const ordered_json::type_error&) {
    return std::nullopt;
  }
}

void spell_bytes(ordered_json& value) {
  if (value.is_structured()) {
    for (ordered_json& part : value) spell_bytes(part);
  } else if (value.is_string() && !dump(value)) {
    value = {{"hex", hex_of(value.get<std::string>())}};
  }
}

// `text` with Python's constants, where they stand outside strings, as null.
std::string without_constants(std::string_view text) {
  constexpr std::array<std::string_view, 3> kConstants = {"-Infinity", "Infinity", "NaN"};
  std::string plain;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      plain += text.substr(i++, 2);
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    std::size_t length = 0;
    for (const std::string_view constant : kConstants) {
      if (!quoted && text.substr(i).starts_with(constant)) length = constant.size();
    }
    if (length == 0) {
      plain += text[i];
    } else {
      plain += "null";
      i += length - 1;
    }
  }
  return plain;
}

}  // namespace

std::string json_line(ordered_json value) {
  std::optional<std::string> line = dump(value);
  if (!line) {
    spell_bytes(value);
    line = value.dump();
  }
  return *line + "\n";
}

std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  const auto hex = value.is_object() && value.size() == 1 ? value.find("hex") : value.end();
  if (!value.is_object() || hex == value.end() || !hex->is_string()) return std::nullopt;
  return bytes_of(hex->get_ref<const std::string&>());
}

std::string plain_json(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<json> parse_python_json(std::string_view text) {
  json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_discarded()) return value;
  value = json::parse(without_constants(text), nullptr, /*allow_exceptions=*/false);
  if (!value.is_discarded()) return value;
  return Error(ErrorCode::invalid_input, "not JSON");
}

std::string text_at(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

std::optional<std::int64_t> integer_at(const json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace proctor::reports::exchange
