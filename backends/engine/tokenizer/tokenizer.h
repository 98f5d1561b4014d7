// Text to token ids and back, as the model was trained to see them: to the id what the Hugging Face
// tokenizers library makes of the same tokenizer.json. Which files are understood:
// tokenizer_file.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/engine/tokenizer/added_tokens.h"
#include "backends/engine/tokenizer/bpe.h"
#include "backends/engine/tokenizer/tokenizer_file.h"
#include "harness/core/result.h"

namespace proctor::engine {

// Movable, not copyable. Const methods are thread-safe. Of a text that is not UTF-8, the faulty
// parts are read as U+FFFD (mended_utf8).
class Tokenizer {
 public:
  // Reads tokenizer.json and, if it is there, tokenizer_config.json of a checkpoint's folder.
  // Errors: not_found; io; invalid_input, naming file and field.
  static Result<Tokenizer> load(const std::filesystem::path& folder);

  // The same from the files' contents; an empty config is none. Errors begin with `name`.
  // Errors: invalid_input.
  static Result<Tokenizer> parse(std::string_view tokenizer_json,
                                 std::string_view tokenizer_config_json, std::string_view name);

  // The ids of a text, nothing added: for a chat, whose template writes every token it wants.
  // Linear in the text, but for a logarithm in its longest piece.
  std::vector<std::int32_t> encode(std::string_view text) const;

  // The ids of a text that is no chat: after completion_prefix(), unless they begin with it anyway.
  std::vector<std::int32_t> encode_completion(std::string_view text) const;

  // What goes before such a text: the begin-of-sentence token, or nothing.
  std::span<const std::int32_t> completion_prefix() const { return prefix_; }

  // The text of the tokens, always UTF-8: bytes that do not add up to characters become U+FFFD. Ids
  // that have no token (a model's table may have more rows) give nothing. `skip_special` leaves out
  // the tokens that are special, which `</think>` is not.
  std::string decode(std::span<const std::int32_t> ids, bool skip_special) const;

  // The bytes of a token, maybe part of a character; empty for an id, of any value, that has none.
  // Valid while this object is neither moved nor destroyed.
  std::string_view token_bytes(std::int32_t id) const { return bpe_.vocabulary().bytes(id); }
  bool is_special(std::int32_t id) const;

  // The token, added or not, of exactly these bytes.
  std::optional<std::int32_t> id_of(std::string_view bytes) const;

  // One past the largest id that has a token.
  std::int32_t size() const { return bpe_.vocabulary().size(); }

  // As the config names them: texts, empty if it names none, and ids, if there is such a token.
  const std::string& bos_token() const { return config_.bos_token; }
  const std::string& eos_token() const { return config_.eos_token; }
  std::optional<std::int32_t> bos_id() const { return id_of(config_.bos_token); }
  std::optional<std::int32_t> eos_id() const { return id_of(config_.eos_token); }

 private:
  Tokenizer(TokenizerFile file, TokenizerConfig config);

  void append_part(std::string_view text, std::vector<std::int32_t>& ids) const;

  Bpe bpe_;
  AddedTokens added_;
  SplitRule split_;
  bool nfc_;
  std::vector<std::int32_t> prefix_;
  TokenizerConfig config_;
};

}  // namespace proctor::engine
