// Small tokenizers for tests, as tokenizer.json texts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backends/engine/tokenizer/tokenizer.h"

namespace proctor::engine {

// The ids: a byte is its own, then one for each merge that makes something new, in order.
struct Fixture {
  std::vector<std::pair<std::string, std::string>> merges{};  // bytes, by rank
  std::vector<AddedToken> added{};
  bool llama = false;                 // three digits, no NFC and ignore_merges; else as Qwen2
  bool merge_pairs = false;           // ["a", "b"]; else "a b"
  std::vector<std::string> tokens{};  // bytes of further ones, which no merge makes
};

std::string fixture_json(const Fixture& fixture);

// Which must be accepted.
Tokenizer fixture_tokenizer(const Fixture& fixture, const std::string& config = "");

// Merges that make these words, letter by letter from the left.
std::vector<std::pair<std::string, std::string>> merges_for(const std::vector<std::string>& words);

}  // namespace proctor::engine
