// A device without a model: its cache holds hashes instead of keys and values, and the token that
// it samples is a function of everything before it. A scheduler's mistake so becomes a fault that
// the device reports, or another token.
#pragma once

#include <cstdint>
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
  int max_step_tokens = 1 << 20;
  // What a step takes in simulated time. Defaults near a 7B model on one H200, in microseconds.
  double fixed_cost = 5000;
  double token_cost = 20;
  double context_cost = 0.015;     // for each position that a slice looks back on
  bool checks_all_history = true;  // or only the position before each slice
  int fails_every = 0;             // every so many steps: an error, and nothing left in the cache
};

class FakeDevice : public Device {
 public:
  explicit FakeDevice(FakeDeviceOptions options);

  std::string description() const override { return "fake"; }
  std::string arithmetic() const override { return "hashes"; }
  int page_size() const override { return options_.page_size; }
  int pages() const override { return options_.pages; }
  int max_step_tokens() const override { return options_.max_step_tokens; }
  Result<void> copy_page(int from, int to) override;
  Result<void> step(std::span<const SequenceSlice> slices,
                    std::span<SampledToken> sampled) override;

  // What a scheduler did that it must not; empty if all was well.
  const std::vector<std::string>& faults() const { return faults_; }

  double clock() const { return clock_; }
  std::int64_t computed_tokens() const { return computed_tokens_; }
  int last_slices() const { return last_slices_; }
  int last_tokens() const { return last_tokens_; }
  int last_pages() const { return last_pages_; }  // different ones in the tables of the last step
  int copies() const { return copies_; }

 private:
  struct Slot {
    bool filled = false;
    std::int32_t token = 0;
    std::uint64_t history = 0;  // of all tokens up to and including this one
  };

  void fault(std::string what);
  Slot& slot(const SequenceSlice& slice, int position);
  bool check_slice(const SequenceSlice& slice);
  void check_owners(std::span<const SequenceSlice> slices);
  SampledToken compute(const SequenceSlice& slice);
  void clear();

  FakeDeviceOptions options_;
  std::vector<Slot> slots_;
  std::vector<int> owners_;  // of each page within a step
  std::vector<std::string> faults_;
  double clock_ = 0;
  std::int64_t computed_tokens_ = 0;
  int steps_ = 0;
  int last_slices_ = 0;
  int last_tokens_ = 0;
  int last_pages_ = 0;
  int copies_ = 0;
};

}  // namespace proctor::engine
