#include "backends/engine/chat_template/chat_template.h"

#include "backends/engine/chat_template/interpreter.h"
#include "backends/engine/chat_template/json_value.h"
#include "backends/engine/chat_template/parser.h"
#include "backends/engine/chat_template/text.h"
#include "harness/core/sha256.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

void set(Variables& variables, std::string_view name, Value value) {
  for (auto& [known, old] : variables) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  variables.emplace_back(name, std::move(value));
}

// "7: message" as "NAME:7: message".
Error located(const std::string& name, const Error& error) {
  return Error(error.code(), name + ":" + error.message());
}

Result<Value> messages_value(const Prompt& messages) {
  std::vector<Value> list;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    auto dict = std::make_shared<Dict>();
    for (const auto& [key, text] :
         {std::pair("role", &messages[i].role), std::pair("content", &messages[i].content)}) {
      if (!valid_utf8(*text)) {
        return invalid("message " + std::to_string(i) + ": \"" + key + "\" is not UTF-8");
      }
      if (const auto done = dict->set(Value::text(key), Value::text(*text)); !done) {
        return done.error();
      }
    }
    list.push_back(Value(std::shared_ptr<const Dict>(std::move(dict))));
  }
  return Value::list(std::move(list));
}

Result<void> check_messages(const Dict& request) {
  const Value* messages = request.get("messages");
  if (messages == nullptr) return invalid("field \"messages\" is missing");
  const List* list = messages->list_items();
  if (list == nullptr) return invalid("field \"messages\": expected a list");
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    if (list->items[i].dict() != nullptr) continue;
    return invalid("field \"messages\": item " + std::to_string(i) + ": expected an object");
  }
  return {};
}

}  // namespace

struct ChatTemplate::Parsed {
  std::string source;
  std::string name;
  std::string sha256;
  SpecialTokens tokens;
  Program program;
};

Result<ChatTemplate> ChatTemplate::parse(std::string source, std::string_view name,
                                         SpecialTokens tokens) {
  Result<Program> program = parse_template(source);
  if (!program) return located(std::string(name), program.error());
  auto parsed = std::make_shared<Parsed>();
  parsed->sha256 = sha256_hex(source);
  parsed->source = std::move(source);
  parsed->name = name;
  parsed->tokens = std::move(tokens);
  parsed->program = *std::move(program);
  return ChatTemplate(std::move(parsed));
}

const std::string& ChatTemplate::source() const { return parsed_->source; }

const std::string& ChatTemplate::sha256() const { return parsed_->sha256; }

Result<std::string> ChatTemplate::render(const Prompt& messages,
                                         const RenderOptions& options) const {
  Result<Value> list = messages_value(messages);
  if (!list) return list.error();
  return run({{"messages", *std::move(list)}}, options);
}

Result<std::string> ChatTemplate::render_json(std::string_view request,
                                              const RenderOptions& options) const {
  const Result<Value> value = parse_json(request);
  if (!value) return value.error();
  if (value->dict() == nullptr) return invalid("expected an object with \"messages\"");
  if (const Result<void> fine = check_messages(*value->dict()); !fine) return fine.error();
  Variables variables;
  for (const auto& [key, item] : value->dict()->entries())
    variables.emplace_back(key.bytes(), item);
  return run(std::move(variables), options);
}

Result<std::string> ChatTemplate::run(Variables given, const RenderOptions& options) const {
  Variables variables;
  for (const auto& [name, text] : parsed_->tokens) variables.emplace_back(name, Value::text(text));
  set(variables, "tools", Value());
  set(variables, "documents", Value());
  set(variables, "add_generation_prompt", Value(options.add_generation_prompt));
  if (!options.variables.empty()) {
    const Result<Value> more = parse_json(options.variables);
    if (!more) return more.error().within("variables");
    if (more->dict() == nullptr) return invalid("variables: expected an object");
    for (const auto& [key, item] : more->dict()->entries()) set(variables, key.bytes(), item);
  }
  for (auto& [name, value] : given) set(variables, name, std::move(value));
  Result<std::string> text = Interpreter(parsed_->program, variables, options.now).run();
  if (!text) return located(parsed_->name, text.error());
  return text;
}

}  // namespace proctor::engine
