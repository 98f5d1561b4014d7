// Where a model keeps its chat template.
#include <utility>

#include "backends/engine/chat_template/chat_template.h"
#include "backends/engine/chat_template/json_value.h"
#include "harness/core/whole_file.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

// The whole file; nothing if there is none. Errors: invalid_input for a folder; io.
Result<std::optional<std::string>> read_if_there(const std::filesystem::path& path) {
  Result<std::string> text = read_whole_file(path);
  if (text) return std::optional(std::move(*text));
  if (text.error().code() == ErrorCode::not_found) return std::optional<std::string>();
  return text.error();
}

// The special tokens that transformers hands to templates; each a text or {"content": text}.
Result<SpecialTokens> special_tokens(const Dict& config) {
  SpecialTokens tokens;
  for (const char* name : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                           "cls_token", "mask_token"}) {
    const Value* value = config.get(name);
    if (value == nullptr || value->is_none()) continue;
    const Value* content = value->dict() != nullptr ? value->dict()->get("content") : value;
    if (content == nullptr || !content->is_text()) {
      return invalid("field \"" + std::string(name) + "\": expected a text or {\"content\": text}");
    }
    tokens.emplace_back(name, content->bytes());
  }
  return tokens;
}

// The template's text in a config: "chat_template", a text or a list of {"name", "template"}.
Result<std::optional<std::string>> template_text(const Dict& config, std::string_view which) {
  const auto wrong = [] {
    return invalid(
        "field \"chat_template\": expected a text or a list of {\"name\", \"template\"}");
  };
  const Value* field = config.get("chat_template");
  if (field == nullptr || field->is_none()) return std::optional<std::string>();
  if (field->is_text()) {
    if (which != "default") return std::optional<std::string>();
    return std::optional<std::string>(field->bytes());
  }
  if (field->list_items() == nullptr) return wrong();
  for (const Value& item : field->list_items()->items) {
    const Value* name = item.dict() != nullptr ? item.dict()->get("name") : nullptr;
    const Value* text = item.dict() != nullptr ? item.dict()->get("template") : nullptr;
    if (!name || !text || !name->is_text() || !text->is_text()) return wrong();
    if (name->bytes() == which) return std::optional<std::string>(text->bytes());
  }
  return std::optional<std::string>();
}

Result<Value> parse_config(std::string_view text) {
  Result<Value> config = parse_json(text);
  if (!config) return config;
  if (config->dict() == nullptr) return invalid("expected an object");
  return config;
}

Result<std::optional<ChatTemplate>> parsed(std::string source, std::string_view name,
                                           SpecialTokens tokens) {
  Result<ChatTemplate> result = ChatTemplate::parse(std::move(source), name, std::move(tokens));
  if (!result) return result.error();
  return std::optional<ChatTemplate>(*std::move(result));
}

}  // namespace

Result<std::optional<ChatTemplate>> ChatTemplate::from_config(std::string_view tokenizer_config,
                                                              std::string_view name,
                                                              std::string_view which) {
  const Result<Value> config = parse_config(tokenizer_config);
  if (!config) return config.error().within(name);
  Result<SpecialTokens> tokens = special_tokens(*config->dict());
  if (!tokens) return tokens.error().within(name);
  Result<std::optional<std::string>> text = template_text(*config->dict(), which);
  if (!text) return text.error().within(name);
  if (!*text) return std::optional<ChatTemplate>();
  return parsed(**std::move(text), std::string(name) + ": chat_template", *std::move(tokens));
}

Result<std::optional<ChatTemplate>> ChatTemplate::load(const std::filesystem::path& folder,
                                                       std::string_view which) {
  const std::filesystem::path config_path = folder / "tokenizer_config.json";
  const std::filesystem::path own_path =
      which == "default" ? folder / "chat_template.jinja"
                         : folder / "additional_chat_templates" / (std::string(which) + ".jinja");
  Result<std::optional<std::string>> own = read_if_there(own_path);
  if (!own) return own.error();
  const Result<std::optional<std::string>> config_text = read_if_there(config_path);
  if (!config_text) return config_text.error();
  if (!*own) {
    if (!*config_text) return std::optional<ChatTemplate>();
    return from_config(**config_text, config_path.string(), which);
  }
  SpecialTokens tokens;
  if (*config_text) {
    const Result<Value> config = parse_config(**config_text);
    if (!config) return config.error().within(config_path.string());
    Result<SpecialTokens> found = special_tokens(*config->dict());
    if (!found) return found.error().within(config_path.string());
    tokens = *std::move(found);
  }
  return parsed(**std::move(own), own_path.string(), std::move(tokens));
}

}  // namespace proctor::engine
