#include "backends/engine/tokenizer/vocabulary.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace proctor::engine {
namespace {

constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
constexpr std::size_t kShort = 8;                          // bytes that a word holds

std::uint64_t mixed(std::uint64_t value) {
  value *= kMultiplier;
  return value ^ value >> 32;
}

template <class Word>
std::uint64_t word_at(std::string_view bytes, std::size_t at) {
  Word word;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

// One to eight bytes: no two texts of the same length give the same word.
std::uint64_t short_word(std::string_view bytes) {
  const std::size_t size = bytes.size();
  if (size >= 4) {
    return word_at<std::uint32_t>(bytes, 0) | word_at<std::uint32_t>(bytes, size - 4) << 32;
  }
  return word_at<std::uint8_t>(bytes, 0) | word_at<std::uint8_t>(bytes, size / 2) << 8 |
         word_at<std::uint8_t>(bytes, size - 1) << 16;
}

std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = 0;
  for (; bytes.size() > kShort; bytes.remove_prefix(kShort)) {
    hash = mixed(hash ^ word_at<std::uint64_t>(bytes, 0));
  }
  return mixed(hash ^ short_word(bytes));
}

}  // namespace

Vocabulary::Vocabulary(std::span<const std::string> base, std::span<const AddedToken> added) {
  std::size_t size = base.size();
  for (const AddedToken& token : added) {
    size = std::max(size, static_cast<std::size_t>(token.id) + 1);
  }
  std::vector<std::string_view> texts(base.begin(), base.end());
  texts.resize(size);
  for (const AddedToken& token : added) texts[static_cast<std::size_t>(token.id)] = token.text;
  ends_.reserve(size);
  for (const std::string_view text : texts) {
    arena_ += text;
    ends_.push_back(arena_.size());
  }
  slots_.resize(std::bit_ceil(base.size() + base.size() / 2 + 1));
  for (std::size_t id = 0; id < base.size(); ++id) {
    if (!base[id].empty()) index(static_cast<std::int32_t>(id));
  }
}

Vocabulary::Key Vocabulary::key_of(std::string_view bytes) {
  return {bytes.size() <= kShort ? short_word(bytes) : hash_of(bytes),
          static_cast<std::uint32_t>(bytes.size())};
}

std::size_t Vocabulary::place_of(const Key& key) const {
  return static_cast<std::size_t>(mixed(key.word + key.length)) & (slots_.size() - 1);
}

void Vocabulary::index(std::int32_t id) {
  const Key key = key_of(bytes(id));
  std::size_t at = place_of(key);
  while (slots_[at].key.length != 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {key, id};
  longest_ = std::max(longest_, bytes(id).size());
}

std::optional<std::int32_t> Vocabulary::find(std::string_view text) const {
  if (text.empty() || text.size() > longest_) return std::nullopt;
  const Key key = key_of(text);
  for (std::size_t at = place_of(key);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.key.length == 0) return std::nullopt;
    if (slot.key == key && (text.size() <= kShort || bytes(slot.id) == text)) return slot.id;
  }
}

}  // namespace proctor::engine
