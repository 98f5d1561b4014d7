// Notices a reply that repeats itself: an exact period over a long tail, which a reasoning model
// seldom leaves again (reference/inference.md, section 4.6). Opt-in, since it decides what is
// scored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace proctor::engine {

struct LoopRule {
  std::size_t window = 4096;         // the tail that must be periodic, in tokens
  std::size_t longest_period = 512;  // so the tail holds at least window / longest_period repeats
};

// Used by one thread. A token costs a constant on average.
class LoopDetector {
 public:
  explicit LoopDetector(LoopRule rule = {}) : rule_(rule) {}

  // Takes the next token; true if the tail is a loop. Looks at every 64th token only, so a loop may
  // be noticed up to 63 tokens late.
  bool push(std::int32_t token);

 private:
  std::size_t shortest_period() const;

  LoopRule rule_;
  std::vector<std::int32_t> tail_;  // grows to two windows and is then cut to one
  std::size_t seen_ = 0;
};

}  // namespace proctor::engine
