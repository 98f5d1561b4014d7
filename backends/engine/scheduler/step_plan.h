// What one step of the device computes: the slices of sequences and of prefixes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backends/engine/device.h"
#include "backends/engine/scheduler/sequence.h"

namespace proctor::engine {

// Keeps its memory from step to step. Not thread-safe.
class StepPlan {
 public:
  // At most `budget` tokens (1 or more) of these sequences, which are in the order of submission:
  // the one token of each that decodes, then prefixes and recomputations in that order, as much of
  // each as there is room for. If one token of each does not fit beside at least one of the rest,
  // all take turns at one token a step, so that none waits for ever.
  void make(std::span<Sequence* const> sequences, int budget);

  bool empty() const { return slices_.empty(); }
  std::span<const SequenceSlice> slices() const { return slices_; }
  // The prefix that slice i computes, or null if it is a sequence's.
  Prefix* prefix(std::size_t i) const { return prefixes_[i]; }

 private:
  void take_turns(std::span<Sequence* const> sequences);
  void add_work(Sequence& sequence, int most);
  void add(SequenceSlice slice, Prefix* prefix);

  int left_ = 0;  // of the budget
  std::int64_t last_turn_ = -1;
  std::vector<SequenceSlice> slices_;
  std::vector<Prefix*> prefixes_;
};

}  // namespace proctor::engine
