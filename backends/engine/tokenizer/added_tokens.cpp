#include "backends/engine/tokenizer/added_tokens.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace proctor::engine {

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::ranges::sort(tokens_, {}, &AddedToken::text);
  by_id_.resize(tokens_.size());
  std::iota(by_id_.begin(), by_id_.end(), std::size_t{0});
  std::ranges::sort(by_id_, {}, [&](std::size_t at) { return tokens_[at].id; });
  for (const AddedToken& token : tokens_) {
    begins_[static_cast<unsigned char>(token.text.front())] = true;
  }
}

std::optional<AddedTokens::Found> AddedTokens::find(std::string_view text, std::size_t from) const {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (!begins_[static_cast<unsigned char>(text[at])]) continue;
    if (const AddedToken* token = longest_at(text.substr(at))) {
      return Found{at, at + token->text.size(), token};
    }
  }
  return std::nullopt;
}

// Walks the sorted texts as if they were a trie: [first, last) are those that agree with the first
// `depth` bytes; the shortest of them, the whole prefix if it is there, comes first.
const AddedToken* AddedTokens::longest_at(std::string_view text) const {
  const AddedToken* longest = nullptr;
  auto first = tokens_.begin();
  auto last = tokens_.end();
  for (std::size_t depth = 0; first != last; ++depth) {
    if (first->text.size() == depth) longest = &*first++;
    if (depth == text.size()) break;
    const auto byte_at_depth = [&](const AddedToken& token) {
      return static_cast<unsigned char>(token.text[depth]);
    };
    const auto byte = static_cast<unsigned char>(text[depth]);
    const auto agreeing = std::ranges::equal_range(first, last, byte, {}, byte_at_depth);
    first = agreeing.begin();
    last = agreeing.end();
  }
  return longest;
}

const AddedToken* AddedTokens::with_id(std::int32_t id) const {
  const auto id_at = [&](std::size_t at) { return tokens_[at].id; };
  const auto at = std::ranges::lower_bound(by_id_, id, {}, id_at);
  return at != by_id_.end() && id_at(*at) == id ? &tokens_[*at] : nullptr;
}

const AddedToken* AddedTokens::with_text(std::string_view text) const {
  const auto at = std::ranges::lower_bound(tokens_, text, {}, &AddedToken::text);
  return at != tokens_.end() && at->text == text ? &*at : nullptr;
}

}  // namespace proctor::engine
