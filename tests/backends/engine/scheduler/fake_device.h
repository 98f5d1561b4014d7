// A device without a model: its cache holds hashes instead of keys and values, and the token that
// it samples is a function of everything before it. A scheduler's mistake so becomes a fault that
// the device reports, or another token.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "backends/engine/device.h"

namespace proctor::engine {

// The hash of some tokens and one more.
std::uint64_t history_with(std::uint64_t history, std::int32_t token);

// What follows a history: a token below kFakeVocabulary.
inline constexpr std::int32_t kFakeVocabulary = 100;
SampledToken token_after(std::uint64_t history, std::uint64_t seed, int position);

struct FakeDeviceOptions {
  int page_size = 4;
  int pages = 64;
  int host_pages = 0;
  int max_step_tokens = 1 << 20;
  // What a step takes in simulated time. Defaults near a 7B model on one H200, in microseconds.
  double fixed_cost = 5000;
  double token_cost = 20;
  double context_cost = 0.015;  // for each position that a slice looks back on
  double swap_cost = 5;         // for each position of a page that goes to the host or comes back
  bool checks_all_history = true;  // or only the position before each slice
  int fails_every = 0;             // every so many steps: an error, and nothing left in the cache
  bool fails_late = false;         // when such a step is collected, not when it is submitted
  int host_refuses_every = 0;      // every so many swaps: the host has no memory after all
};

class FakeDevice : public Device {
 public:
  explicit FakeDevice(FakeDeviceOptions options);

  std::string description() const override { return "fake"; }
  std::string arithmetic() const override { return "hashes"; }
  int page_size() const override { return options_.page_size; }
  int pages() const override { return options_.pages; }
  int max_step_tokens() const override { return options_.max_step_tokens; }
  void set_stop_tokens(std::span<const std::int32_t> tokens) override;
  Result<void> copy_page(int from, int to) override;
  int host_pages() const override { return options_.host_pages; }
  Result<bool> swap_out(std::span<const std::int32_t> pages,
                        std::span<const std::int32_t> places) override;
  Result<void> swap_in(std::span<const std::int32_t> places,
                       std::span<const std::int32_t> pages) override;
  Result<void> submit(std::span<const SequenceSlice> slices) override;
  Result<void> collect(std::span<SampledToken> sampled) override;

  // What a scheduler did that it must not; empty if all was well.
  const std::vector<std::string>& faults() const { return faults_; }

  double clock() const { return clock_; }
  std::int64_t computed_tokens() const { return computed_tokens_; }
  int last_slices() const { return last_slices_; }
  int last_tokens() const { return last_tokens_; }
  int last_pages() const { return last_pages_; }  // different ones in the tables of the last step
  int copies() const { return copies_; }
  int passed_over() const { return passed_over_; }  // tokens of slices whose sequence had ended
  int swapped_in() const { return swapped_in_; }    // pages
  int under_way() const { return static_cast<int>(under_way_.size()); }
  int most_under_way() const { return most_under_way_; }

 private:
  struct Slot {
    bool filled = false;
    std::int32_t token = 0;
    std::uint64_t history = 0;  // of all tokens up to and including this one
  };

  struct Step {
    bool fails = false;
    std::vector<bool> sampled;  // of each slice, whether it sampled
    std::vector<SampledToken> tokens;
  };

  void fault(std::string what);
  Error failure();
  void check_swap(std::span<const std::int32_t> pages, std::span<const std::int32_t> places);
  // The slice's tokens, the one that the last step drew among them.
  std::vector<std::int32_t> tokens_of(const SequenceSlice& slice);
  Slot& slot(const SequenceSlice& slice, int position);
  bool check_slice(const SequenceSlice& slice);
  void check_owners(std::span<const SequenceSlice> slices);
  // Whether the sequence ended with the token that the slice begins with.
  TokenEnd end_before(const SequenceSlice& slice) const;
  SampledToken compute(const SequenceSlice& slice, std::span<const std::int32_t> tokens);
  void clear();

  FakeDeviceOptions options_;
  std::vector<std::int32_t> stop_tokens_;
  std::vector<Slot> slots_;
  std::vector<Slot> host_slots_;
  std::deque<Step> under_way_;  // the oldest first
  Step last_;                   // that was submitted
  std::vector<int> owners_;     // of each page within a step
  std::vector<std::string> faults_;
  double clock_ = 0;
  std::int64_t computed_tokens_ = 0;
  int steps_ = 0;
  int last_slices_ = 0;
  int last_tokens_ = 0;
  int last_pages_ = 0;
  int copies_ = 0;
  int swaps_ = 0;
  int swapped_in_ = 0;
  int passed_over_ = 0;
  int most_under_way_ = 0;
};

}  // namespace proctor::engine
