// Reads tokenizer.json and tokenizer_config.json, and refuses what it does not mean to follow to
// the letter.
//
// Accepted is byte-level BPE as Qwen2, Qwen3, Llama 3 and the models distilled into them have it:
//   normalizer      none, or NFC
//   pre_tokenizer   Split by one of the two expressions of pretokenizer.h, then ByteLevel
//   model           BPE over all 256 bytes, without dropout, prefixes, suffixes or byte_fallback;
//                   merges as "a b" or ["a", "b"]; ignore_merges
//   added_tokens    none of normalized, lstrip, rstrip, single_word
//   post_processor  none, ByteLevel, or a TemplateProcessing that puts tokens before the text
//   decoder         ByteLevel
// Truncation and padding are left to the caller, as the transformers library leaves them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/engine/tokenizer/bpe.h"
#include "backends/engine/tokenizer/pretokenizer.h"
#include "backends/engine/tokenizer/vocabulary.h"
#include "harness/core/result.h"

namespace proctor::engine {

struct TokenizerFile {
  BpeModel model;
  std::vector<AddedToken> added;
  SplitRule split;
  bool nfc = false;
  std::vector<std::int32_t> prefix;  // what the post-processor puts before a text
};

// Errors: invalid_input, naming the field and what it holds.
Result<TokenizerFile> parse_tokenizer_file(std::string_view json);

// What tokenizer_config.json adds.
struct TokenizerConfig {
  std::string bos_token, eos_token;  // texts; empty if there is none
  bool add_bos = false;              // before a text that is not a chat
};

// Errors: invalid_input, naming the field.
Result<TokenizerConfig> parse_tokenizer_config(std::string_view json);

}  // namespace proctor::engine
