// Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) over bytes: a piece begins as one
// token a byte; then, as long as two neighbours merge, those of the lowest rank do, leftmost first.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "backends/engine/tokenizer/merge_table.h"
#include "backends/engine/tokenizer/vocabulary.h"

namespace proctor::engine {

struct BpeModel {
  Vocabulary vocabulary;  // has a token for each single byte
  MergeTable merges;      // of tokens of the vocabulary
  bool ignore_merges =
      false;  // a piece that is a token is taken whole, whatever merging would make
};

// Thread-safe.
class Bpe {
 public:
  explicit Bpe(BpeModel model);

  const Vocabulary& vocabulary() const { return model_.vocabulary; }

  // Appends the tokens of a piece, not empty. Returns the work it took, in steps that each take no
  // more than the logarithm of the piece's length: at most in proportion to that length.
  std::size_t append_tokens(std::string_view piece, std::vector<std::int32_t>& ids) const;

 private:
  // What merging makes of the bytes of a token: found out when it is first asked for.
  enum class Whole : std::uint8_t { unknown, yes, no };

  std::size_t append_merged(std::string_view piece, std::vector<std::int32_t>& ids) const;
  std::size_t append_merged_short(std::string_view piece, std::vector<std::int32_t>& ids) const;
  std::size_t append_merged_long(std::string_view piece, std::vector<std::int32_t>& ids) const;

  BpeModel model_;
  std::array<std::int32_t, 256> byte_tokens_{};
  std::unique_ptr<std::atomic<Whole>[]> whole_;  // a cache, by id; a lost race finds the same again
};

}  // namespace proctor::engine
