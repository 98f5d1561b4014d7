#include "backends/engine/generation/loop_detector.h"

#include <span>

namespace proctor::engine {
namespace {

constexpr std::size_t kLookEvery = 64;

}  // namespace

bool LoopDetector::push(std::int32_t token) {
  if (tail_.size() == 2 * rule_.window) {
    tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(rule_.window));
  }
  tail_.push_back(token);
  ++seen_;
  if (seen_ % kLookEvery != 0 || tail_.size() < rule_.window) return false;
  return shortest_period() <= rule_.longest_period;
}

// By the failure function of Knuth, Morris and Pratt (SIAM J. Comput. 6, 1977): a text of length n
// whose longest border has length b has the shortest period n - b.
std::size_t LoopDetector::shortest_period() const {
  const auto text = std::span(tail_).last(rule_.window);
  std::vector<std::size_t> border(text.size() + 1, 0);
  std::size_t length = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = border[length];
    if (text[i] == text[length]) ++length;
    border[i + 1] = length;
  }
  return text.size() - length;
}

}  // namespace proctor::engine
