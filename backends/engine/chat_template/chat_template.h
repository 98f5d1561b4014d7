// Chat templates: turns a conversation into the prompt's text as the model was trained to see it.
//
// The language is the part of Jinja that chat templates use, with the meaning it has in jinja2's
// immutable sandbox as the transformers library sets it up (trim_blocks, lstrip_blocks, break and
// continue, raise_exception, its own tojson). What is not supported (inheritance, imports, call
// blocks, recursive loops, * in calls, some filters) is an error when the template is parsed, never
// left out. Renders are bounded, see budget.h, so that a hostile template ends with an error.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/engine/chat_template/functions.h"
#include "harness/core/question.h"
#include "harness/core/result.h"

namespace proctor::engine {

struct RenderOptions {
  // Whether the text ends where the assistant's answer begins.
  bool add_generation_prompt = true;
  // More variables for the template, a JSON object: {"enable_thinking": false}. They replace the
  // special tokens of the same name.
  std::string variables{};
  // What strftime_now() tells. Without it the template finds no strftime_now, and Llama 3's write
  // the date they were made with: the clock is never read, so that a render can be repeated.
  std::optional<TemplateTime> now{};
};

// {"bos_token", "<s>"} and so on, as tokenizer_config.json has them.
using SpecialTokens = std::vector<std::pair<std::string, std::string>>;

// Immutable; all methods may be called from several threads.
class ChatTemplate {
 public:
  // `name` is what errors call the template. Errors: invalid_input, "NAME:LINE: ...".
  static Result<ChatTemplate> parse(std::string source, std::string_view name,
                                    SpecialTokens tokens = {});

  // Of a model's folder: chat_template.jinja, or "chat_template" of tokenizer_config.json, where
  // `which` chooses among several (and additional_chat_templates/WHICH.jinja before those).
  // Nothing, if the model has no such template. Errors: invalid_input, also for tokenizer_config
  // texts of the wrong form; io.
  static Result<std::optional<ChatTemplate>> load(const std::filesystem::path& folder,
                                                  std::string_view which = "default");

  // The same from the text of a tokenizer_config.json.
  static Result<std::optional<ChatTemplate>> from_config(std::string_view tokenizer_config,
                                                         std::string_view name,
                                                         std::string_view which = "default");

  // Errors: invalid_input, "NAME:LINE: ...", also when the template itself refuses the
  // conversation.
  Result<std::string> render(const Prompt& messages, const RenderOptions& options = {}) const;

  // Of a JSON object: "messages", a list of objects with any members (content may be null or a list
  // of parts), and optionally "add_generation_prompt", "tools", "documents" and more variables,
  // all of which go before `options`. Messages reach the template as they are.
  Result<std::string> render_json(std::string_view request,
                                  const RenderOptions& options = {}) const;

  const std::string& source() const;
  // Of the source, lower-case hex: to be recorded with every result.
  const std::string& sha256() const;

 private:
  struct Parsed;
  explicit ChatTemplate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

  Result<std::string> run(Variables variables, const RenderOptions& options) const;

  std::shared_ptr<const Parsed> parsed_;
};

}  // namespace proctor::engine
