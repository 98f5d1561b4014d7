#include "backends/engine/model.h"

#include <algorithm>
#include <span>
#include <utility>

#include "harness/core/sha256.h"
#include "harness/core/whole_file.h"

namespace proctor::embedded {
extern const std::string_view kTinyConfig;
extern const std::string_view kTinyGenerationConfig;
extern const std::string_view kTinyTokenizer;
extern const std::string_view kTinyTokenizerConfig;
extern const std::string_view kTinyWeights;
}  // namespace proctor::embedded

namespace proctor::engine {
namespace {

std::vector<std::int32_t> stop_tokens_of(const Checkpoint& checkpoint, const Tokenizer& tokenizer) {
  std::vector<std::int32_t> ids = checkpoint.generation().eos_ids;
  if (const std::optional<std::int32_t> eos = tokenizer.eos_id()) ids.push_back(*eos);
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

// A file's content; empty if it is not there, which its own reader has then complained of.
std::string content_of(const std::filesystem::path& file) {
  Result<std::string> content = read_whole_file(file);
  return content ? std::move(*content) : std::string();
}

}  // namespace

Model::Model(Checkpoint checkpoint, Tokenizer tokenizer, std::optional<ChatTemplate> chat_template,
             std::string tokenizer_hash)
    : checkpoint_(std::move(checkpoint)),
      tokenizer_(std::move(tokenizer)),
      chat_template_(std::move(chat_template)),
      tokenizer_hash_(std::move(tokenizer_hash)),
      stop_tokens_(stop_tokens_of(checkpoint_, tokenizer_)) {}

Result<Model> Model::load(const std::filesystem::path& folder) {
  Result<Checkpoint> checkpoint = Checkpoint::load(folder);
  if (!checkpoint) return checkpoint.error();
  Result<Tokenizer> tokenizer = Tokenizer::load(folder);
  if (!tokenizer) return tokenizer.error();
  Result<std::optional<ChatTemplate>> chat_template = ChatTemplate::load(folder);
  if (!chat_template) return chat_template.error();
  return Model(std::move(*checkpoint), std::move(*tokenizer), std::move(*chat_template),
               sha256_hex(content_of(folder / "tokenizer.json") + "\n" +
                          content_of(folder / "tokenizer_config.json")));
}

Result<Model> Model::tiny() {
  Result<Checkpoint> checkpoint =
      Checkpoint::from_memory(embedded::kTinyConfig, embedded::kTinyGenerationConfig,
                              std::as_bytes(std::span(embedded::kTinyWeights)));
  if (!checkpoint) return checkpoint.error().within("tiny");
  Result<Tokenizer> tokenizer =
      Tokenizer::parse(embedded::kTinyTokenizer, embedded::kTinyTokenizerConfig, "tiny");
  if (!tokenizer) return tokenizer.error();
  Result<std::optional<ChatTemplate>> chat_template =
      ChatTemplate::from_config(embedded::kTinyTokenizerConfig, "tiny");
  if (!chat_template) return chat_template.error();
  return Model(std::move(*checkpoint), std::move(*tokenizer), std::move(*chat_template),
               sha256_hex(std::string(embedded::kTinyTokenizer) + "\n" +
                          std::string(embedded::kTinyTokenizerConfig)));
}

Result<std::vector<std::int32_t>> Model::prompt_for(const Prompt& messages) const {
  if (messages.size() == 1 && messages.front().role == "raw") {
    return tokenizer_.encode(messages.front().content);
  }
  if (!chat_template_) {
    return Error(ErrorCode::invalid_input, "the model has no chat template");
  }
  const Result<std::string> text = chat_template_->render(messages);
  if (!text) return text.error();
  return tokenizer_.encode(*text);
}

std::string Model::identity() const {
  Sha256 hash;
  hash.update("proctor model 1\n").update(checkpoint_.identity()).update("\n");
  for (const std::int32_t id : stop_tokens_) hash.update(std::to_string(id)).update(" ");
  const GenerationConfig& generation = checkpoint_.generation();
  hash.update("\n").update(std::to_string(generation.top_k.value_or(0))).update("\n");
  hash.update(tokenizer_hash_).update("\n");
  if (chat_template_) hash.update(chat_template_->source());
  return hex(hash.finish());
}

}  // namespace proctor::engine
