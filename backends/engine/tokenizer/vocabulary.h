// Tokens as the bytes they stand for: from id to bytes, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proctor::engine {

// The ids that may be used: those below. Far beyond any tokenizer, and small enough for tables.
constexpr std::int32_t kTokenIdLimit = 1 << 22;

// A token that is cut out of the text before anything else is done to it.
struct AddedToken {
  std::int32_t id = 0;
  std::string text;
  bool special = false;  // left out where a reader asks for text without special tokens

  bool operator==(const AddedToken&) const = default;
};

// Immutable. Views stay valid until it is destroyed or moved.
class Vocabulary {
 public:
  Vocabulary() = default;

  // `base`: the bytes of each token that merging may make, by id, all different; empty where there
  // is none. An added token may be one of these; else each has an id of its own, < kTokenIdLimit.
  Vocabulary(std::span<const std::string> base, std::span<const AddedToken> added);

  // One past the largest id.
  std::int32_t size() const { return static_cast<std::int32_t>(ends_.size()); }

  // The bytes of a token, base or added; empty for an id, of any value, that has none.
  std::string_view bytes(std::int32_t id) const {
    if (id < 0 || id >= size()) return {};
    const auto at = static_cast<std::size_t>(id);
    const std::size_t begin = at == 0 ? 0 : ends_[at - 1];
    return std::string_view(arena_).substr(begin, ends_[at] - begin);
  }

  // The base token of these bytes.
  std::optional<std::int32_t> find(std::string_view bytes) const;

 private:
  // A short token is all in its slot, so that the usual piece costs one look into memory.
  struct Key {
    std::uint64_t word = 0;    // the bytes, for up to 8; else a hash of them
    std::uint32_t length = 0;  // 0 in a free slot
    bool operator==(const Key&) const = default;
  };
  struct Slot {
    Key key;
    std::int32_t id = 0;
  };

  static Key key_of(std::string_view bytes);
  std::size_t place_of(const Key& key) const;
  void index(std::int32_t id);

  std::string arena_;              // the bytes of all tokens, one after another
  std::vector<std::size_t> ends_;  // of each token in the arena
  std::vector<Slot> slots_;        // open addressing, a power of two, at most two thirds full
  std::size_t longest_ = 0;        // bytes of the longest base token
};

}  // namespace proctor::engine
