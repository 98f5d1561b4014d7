// Comparing answers that have no order: sets, and answers side by side.
#include <algorithm>
#include <optional>
#include <utility>

#include "graders/math/equality_compare.h"

namespace proctor::graders::math {

// Each element once. An element that may equal an earlier one, but is not shown to, stays.
std::vector<const Value*> Comparer::distinct(const Value& collection) {
  std::vector<const Value*> elements;
  for (const Value& part : collection.parts) {
    const bool seen = std::ranges::any_of(elements, [&](const Value* earlier) {
      return compare(*earlier, part).verdict == Verdict::equal;
    });
    if (!seen) elements.push_back(&part);
  }
  return elements;
}

// Sets and answers side by side. A list without brackets also answers a tuple, in its order, and a
// single element answers a value.
Decision Comparer::collections(const Value& gold, const Value& prediction) {
  if (std::max(gold.parts.size(), prediction.parts.size()) > kMostElements) {
    return {Verdict::over_budget, "structure"};
  }
  if (gold.shape == prediction.shape) {
    return any_order(distinct(gold), distinct(prediction));
  }
  const bool gold_is_many = gold.shape == Shape::collection;
  const Value& many = gold_is_many ? gold : prediction;
  const Value& other = gold_is_many ? prediction : gold;
  if (other.shape == Shape::tuple && !many.braces) {
    const bool pair = many.parts.size() == 2 && other.text == "[]";
    if (many.parts.size() == other.parts.size() && !pair) {
      return in_order(gold.parts, prediction.parts);
    }
  }
  if (has_pieces(other)) {
    const auto points = pieces_of(many);
    if (points) return gold_is_many ? pieces(*points, other.pieces) : pieces(other.pieces, *points);
  }
  const auto elements = distinct(many);
  if (elements.size() != 1) return {Verdict::unequal, "structure"};
  return gold_is_many ? compare(*elements[0], prediction) : compare(gold, *elements[0]);
}

// Whether the elements can be paired off, by augmenting paths; comparisons are made when asked for.
Decision Comparer::any_order(std::span<const Value* const> gold,
                             std::span<const Value* const> prediction) {
  if (gold.size() != prediction.size()) return {Verdict::unequal, "structure"};
  const std::size_t n = gold.size();
  constexpr std::size_t kNobody = kMostElements;
  std::vector<std::optional<Decision>> known(n * n);
  std::vector<std::size_t> partner(n, kNobody);  // of each predicted element
  std::vector<bool> visited;
  Decision worst{Verdict::equal, "structure"};
  const auto pairs = [&](std::size_t i, std::size_t j, bool doubtful) {
    auto& decision = known[i * n + j];
    if (!decision) decision = compare(*gold[i], *prediction[j]);
    if (decision->verdict == Verdict::equal) return true;
    if (decision->verdict == Verdict::unequal) return false;
    worst = *decision;
    return doubtful;
  };
  const auto augment = [&](auto&& self, std::size_t i, bool doubtful) -> bool {
    for (std::size_t step = 0; step < n; ++step) {
      const std::size_t j = (i + step) % n;
      if (visited[j] || !pairs(i, j, doubtful)) continue;
      visited[j] = true;
      if (partner[j] == kNobody || self(self, partner[j], doubtful)) {
        partner[j] = i;
        return true;
      }
    }
    return false;
  };
  for (const bool doubtful : {false, true}) {
    partner.assign(n, kNobody);
    const bool all = [&] {
      for (std::size_t i = 0; i < n; ++i) {
        visited.assign(n, false);
        if (!augment(augment, i, doubtful)) return false;
      }
      return true;
    }();
    if (all) return doubtful ? worst : Decision{Verdict::equal, "structure"};
    if (worst.verdict == Verdict::equal) break;  // nothing is in doubt
  }
  return {Verdict::unequal, "structure"};
}

}  // namespace proctor::graders::math
