#include "backends/engine/scheduler/step_plan.h"

#include <algorithm>
#include <cstddef>

#include "harness/core/check.h"

namespace proctor::engine {
namespace {

bool decodes(const Sequence& sequence) { return sequence.started && sequence.pending() == 1; }

// All its tokens are computed or on the way: it waits to hear that the last one was drawn.
bool is_complete(const Sequence& sequence) { return sequence.started && sequence.pending() == 0; }

}  // namespace

void StepPlan::make(std::span<Sequence* const> sequences, int budget) {
  check(budget > 0);
  slices_.clear();
  prefixes_.clear();
  left_ = budget;
  int decoding = 0;
  bool others = false;
  for (Sequence* sequence : sequences) {
    sequence->slice = -1;
    if (decodes(*sequence)) {
      ++decoding;
    } else if (!is_complete(*sequence)) {
      others = true;
    }
  }
  if (decoding + (others ? 1 : 0) > budget) {
    take_turns(sequences);
  } else {
    for (Sequence* sequence : sequences) {
      if (decodes(*sequence)) add_work(*sequence, 1);
    }
    for (Sequence* sequence : sequences) {
      if (left_ == 0) break;
      if (!decodes(*sequence)) add_work(*sequence, left_);
    }
  }
  for (Prefix* prefix : prefixes_) {
    if (prefix != nullptr) prefix->in_step = false;
  }
}

// From the one after the last that had a turn, once around.
void StepPlan::take_turns(std::span<Sequence* const> sequences) {
  const auto next =
      std::upper_bound(sequences.begin(), sequences.end(), last_turn_,
                       [](std::int64_t turn, const Sequence* each) { return turn < each->order; });
  auto at = static_cast<std::size_t>(next - sequences.begin());
  for (std::size_t i = 0; i < sequences.size() && left_ > 0; ++i, ++at) {
    Sequence& sequence = *sequences[at % sequences.size()];
    add_work(sequence, 1);
    last_turn_ = sequence.order;
  }
}

// A sequence that has not started waits for its prefix, which is worked on once a step.
void StepPlan::add_work(Sequence& sequence, int most) {
  if (is_complete(sequence)) return;
  Prefix& prefix = *sequence.prefix;
  if (!sequence.started) {
    if (prefix.in_step) return;
    const int count = std::min(prefix.room - prefix.computed, most);
    const auto start = static_cast<std::size_t>(prefix.computed);
    add({.tokens = std::span(prefix.prompt).subspan(start, static_cast<std::size_t>(count)),
         .start = prefix.computed,
         .pages = prefix.pages,
         .sampling = {},
         .logits = {}},
        &prefix);
    prefix.in_step = true;
    return;
  }
  const int count = std::min(sequence.pending(), most);
  const auto start = static_cast<std::size_t>(sequence.computed - prefix.length());
  const bool last = sequence.computed + count == sequence.length();
  sequence.slice = static_cast<int>(slices_.size());
  add({.tokens = std::span(sequence.tokens).subspan(start, static_cast<std::size_t>(count)),
       .start = sequence.computed,
       .drawn_by = last ? sequence.drawn_by : -1,
       .pages = sequence.pages,
       .sample = count == sequence.pending(),
       .sampling = sequence.sampling,
       .seed = sequence.seed,
       .last_position = sequence.max_length - 1,
       .logits = {}},
      nullptr);
}

void StepPlan::add(SequenceSlice slice, Prefix* prefix) {
  left_ -= static_cast<int>(slice.tokens.size());
  slices_.push_back(slice);
  prefixes_.push_back(prefix);
}

}  // namespace proctor::engine
