#include "backends/engine/tokenizer/bpe.h"

#include <algorithm>
#include <optional>
#include <queue>
#include <utility>

#include "harness/core/check.h"

namespace proctor::engine {
namespace {

// Up to this many bytes it is faster to look at all pairs after each merge than to keep a heap.
constexpr std::size_t kShortPiece = 48;

// A token of a long piece, in a list linked by position.
struct Symbol {
  std::int32_t id;
  std::size_t previous, next;  // kNowhere at the ends
  std::uint32_t rank;          // of the merge with the next, or Merge::kNever
};

constexpr std::size_t kNowhere = ~std::size_t{0};

// A merge that was possible when it was noted.
struct Candidate {
  Merge merge;
  std::size_t at;  // the left one of the two

  // For a heap that gives the lowest rank first, and the leftmost of equal ones.
  bool operator<(const Candidate& other) const {
    if (merge.rank != other.merge.rank) return merge.rank > other.merge.rank;
    return at > other.at;
  }
};

class LongPiece {
 public:
  LongPiece(std::vector<Symbol> symbols, const MergeTable& merges)
      : symbols_(std::move(symbols)), merges_(merges) {}

  // Returns the number of steps.
  std::size_t merge_all() {
    for (std::size_t at = 0; at < symbols_.size(); ++at) note(at);
    while (!candidates_.empty()) {
      const Candidate best = candidates_.top();
      candidates_.pop();
      ++steps_;
      // Since it was noted, one of the two may have merged with another.
      if (symbols_[best.at].rank == best.merge.rank) apply(best);
    }
    return steps_;
  }

  void append_tokens(std::vector<std::int32_t>& ids) const {
    for (std::size_t at = 0; at != kNowhere; at = symbols_[at].next) ids.push_back(symbols_[at].id);
  }

 private:
  void note(std::size_t at) {
    ++steps_;
    Symbol& symbol = symbols_[at];
    symbol.rank = Merge::kNever;
    if (symbol.next == kNowhere) return;
    const Merge merge = merges_.find(symbol.id, symbols_[symbol.next].id);
    symbol.rank = merge.rank;
    if (merge.exists()) candidates_.push({merge, at});
  }

  void apply(const Candidate& best) {
    Symbol& left = symbols_[best.at];
    Symbol& right = symbols_[left.next];
    left.id = best.merge.result;
    left.next = right.next;
    right.rank = Merge::kNever;
    if (left.next != kNowhere) symbols_[left.next].previous = best.at;
    if (left.previous != kNowhere) note(left.previous);
    note(best.at);
  }

  std::vector<Symbol> symbols_;
  const MergeTable& merges_;
  std::priority_queue<Candidate> candidates_;
  std::size_t steps_ = 0;
};

}  // namespace

Bpe::Bpe(BpeModel model)
    : model_(std::move(model)),
      whole_(std::make_unique<std::atomic<Whole>[]>(
          static_cast<std::size_t>(model_.vocabulary.size()))) {
  for (std::size_t byte = 0; byte < byte_tokens_.size(); ++byte) {
    const char text = static_cast<char>(byte);
    const std::optional<std::int32_t> id = model_.vocabulary.find({&text, 1});
    check(id.has_value());
    byte_tokens_[byte] = *id;
  }
}

std::size_t Bpe::append_tokens(std::string_view piece, std::vector<std::int32_t>& ids) const {
  const std::optional<std::int32_t> token = model_.vocabulary.find(piece);
  if (!token) return append_merged(piece, ids);
  std::atomic<Whole>& whole = whole_[static_cast<std::size_t>(*token)];
  const Whole known = model_.ignore_merges ? Whole::yes : whole.load(std::memory_order_relaxed);
  if (known == Whole::yes) {
    ids.push_back(*token);
    return 1;
  }
  const std::size_t before = ids.size();
  const std::size_t steps = append_merged(piece, ids);
  const bool one = ids.size() == before + 1 && ids.back() == *token;
  whole.store(one ? Whole::yes : Whole::no, std::memory_order_relaxed);
  return steps;
}

std::size_t Bpe::append_merged(std::string_view piece, std::vector<std::int32_t>& ids) const {
  return piece.size() <= kShortPiece ? append_merged_short(piece, ids)
                                     : append_merged_long(piece, ids);
}

std::size_t Bpe::append_merged_short(std::string_view piece, std::vector<std::int32_t>& ids) const {
  std::array<std::int32_t, kShortPiece> symbols;
  std::array<Merge, kShortPiece> merges;  // [i]: of symbols i and i + 1
  std::size_t size = piece.size();
  for (std::size_t i = 0; i < size; ++i) {
    symbols[i] = byte_tokens_[static_cast<unsigned char>(piece[i])];
  }
  std::size_t steps = size;
  for (std::size_t i = 0; i + 1 < size; ++i) {
    merges[i] = model_.merges.find(symbols[i], symbols[i + 1]);
  }
  while (size > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < size; ++i) {
      if (merges[i].rank < merges[best].rank) best = i;
    }
    if (!merges[best].exists()) break;
    symbols[best] = merges[best].result;
    std::copy(symbols.begin() + best + 2, symbols.begin() + size, symbols.begin() + best + 1);
    std::copy(merges.begin() + best + 1, merges.begin() + size - 1, merges.begin() + best);
    --size;
    steps += 2;
    if (best > 0) merges[best - 1] = model_.merges.find(symbols[best - 1], symbols[best]);
    if (best + 1 < size) merges[best] = model_.merges.find(symbols[best], symbols[best + 1]);
  }
  ids.insert(ids.end(), symbols.begin(), symbols.begin() + size);
  return steps;
}

std::size_t Bpe::append_merged_long(std::string_view piece, std::vector<std::int32_t>& ids) const {
  std::vector<Symbol> symbols;
  symbols.reserve(piece.size());
  for (std::size_t i = 0; i < piece.size(); ++i) {
    symbols.push_back({.id = byte_tokens_[static_cast<unsigned char>(piece[i])],
                       .previous = i == 0 ? kNowhere : i - 1,
                       .next = i + 1 == piece.size() ? kNowhere : i + 1,
                       .rank = Merge::kNever});
  }
  LongPiece list(std::move(symbols), model_.merges);
  const std::size_t steps = list.merge_all();
  list.append_tokens(ids);
  return steps;
}

}  // namespace proctor::engine
