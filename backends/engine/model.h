// A model that the engine can run: weights, tokenizer, chat template, and where its replies end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backends/engine/chat_template/chat_template.h"
#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/tokenizer/tokenizer.h"
#include "harness/core/question.h"
#include "harness/core/result.h"

namespace proctor::engine {

// Movable; what is const is thread-safe.
class Model {
 public:
  // A Hugging Face folder. Errors: not_found, io, invalid_input with file and field.
  static Result<Model> load(const std::filesystem::path& folder);
  // The model that is part of the program (tiny/MODEL_CARD.md).
  static Result<Model> tiny();

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }
  // Absent for a base model, which takes no messages.
  const std::optional<ChatTemplate>& chat_template() const { return chat_template_; }
  // Any of them ends a reply: those of config.json and generation_config.json, and the tokenizer's
  // eos_token. Ascending.
  const std::vector<std::int32_t>& stop_tokens() const { return stop_tokens_; }

  // What the model reads for these messages, up to where it begins to write; a raw one it reads as
  // it is.
  // Errors: invalid_input, if there is no template or it refuses the messages.
  Result<std::vector<std::int32_t>> prompt_for(const Prompt& messages) const;

  // Hash of everything that decides what the model writes: weights, configuration, stop tokens,
  // recommended sampling, tokenizer and template. Up to about a second.
  std::string identity() const;

 private:
  Model(Checkpoint checkpoint, Tokenizer tokenizer, std::optional<ChatTemplate> chat_template,
        std::string tokenizer_hash);

  Checkpoint checkpoint_;
  Tokenizer tokenizer_;
  std::optional<ChatTemplate> chat_template_;
  std::string tokenizer_hash_;
  std::vector<std::int32_t> stop_tokens_;
};

}  // namespace proctor::engine
