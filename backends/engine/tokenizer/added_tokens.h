// Finds the added tokens in a text: always the leftmost, and of those that begin there the longest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "backends/engine/tokenizer/vocabulary.h"

namespace proctor::engine {

// Immutable.
class AddedTokens {
 public:
  AddedTokens() = default;

  // The texts must differ and not be empty.
  explicit AddedTokens(std::vector<AddedToken> tokens);

  struct Found {
    std::size_t begin, end;
    const AddedToken* token;  // of this object
  };

  // The first at or after `from`. Takes time in proportion to the text passed over and, for each
  // place where a token could begin, to the length over which some token still agrees.
  std::optional<Found> find(std::string_view text, std::size_t from) const;

  const AddedToken* with_id(std::int32_t id) const;          // or null
  const AddedToken* with_text(std::string_view text) const;  // or null

 private:
  const AddedToken* longest_at(std::string_view text) const;

  std::vector<AddedToken> tokens_;  // sorted by text
  std::vector<std::size_t> by_id_;  // places in tokens_, sorted by id
  std::array<bool, 256> begins_{};  // the first bytes of tokens
};

}  // namespace proctor::engine
