// A device that is looked on as the scheduler uses it: what raw logits some sequences got, and
// whether their pages were taken from them on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/engine/device.h"

namespace proctor::engine::determinism {

// Of words, in their order; for finding differences, not forgers.
class Hash {
 public:
  void add(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x9E3779B97F4A7C15ULL;
    value_ ^= value_ >> 32;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

// Breaks the promises of a device, to see that it is noticed.
enum class Fault {
  none,
  seed_of_the_row,  // draws are keyed by the slice's place in the step
  lost_swap,        // pages that come back from the host are not filled
};

// A token's place: the sequence's seed, which nobody else has, and its position.
using TokenPlace = std::pair<std::uint64_t, std::int64_t>;

struct WatchOptions {
  int vocab_size = 0;
  std::set<TokenPlace> places{};  // whose logits are asked for
  std::optional<int> pages{};     // of the device's, that there seem to be
  bool swaps = true;              // false: there seem to be no places in the host's memory
  int lost = 0;                   // of a hundred steps, that end with an error
  Fault fault = Fault::none;
};

class WatchedDevice : public Device {
 public:
  // `device` must outlive it.
  WatchedDevice(Device& device, WatchOptions options);

  // The hash of the bits of each row that was asked for and got.
  const std::map<TokenPlace, std::uint64_t>& rows() const { return rows_; }
  // Whether a row came twice, with other bits.
  bool contradicted() const { return contradicted_; }
  // The sequences of `places` that were swapped out, or computed again.
  std::size_t disturbed() const { return disturbed_.size(); }
  // Whether the last error was one that WatchOptions::lost made up.
  bool take_loss() { return std::exchange(lost_, false); }

  std::string description() const override { return device_.description(); }
  std::string arithmetic() const override { return device_.arithmetic(); }
  int page_size() const override { return device_.page_size(); }
  int pages() const override { return options_.pages.value_or(device_.pages()); }
  int max_step_tokens() const override { return device_.max_step_tokens(); }
  bool works_beside_host() const override { return device_.works_beside_host(); }
  int host_pages() const override { return options_.swaps ? device_.host_pages() : 0; }
  double busy_seconds() const override { return device_.busy_seconds(); }
  void set_stop_tokens(std::span<const std::int32_t> tokens) override {
    device_.set_stop_tokens(tokens);
  }
  Result<void> copy_page(int from, int to) override { return device_.copy_page(from, to); }
  Result<bool> swap_out(std::span<const std::int32_t> pages,
                        std::span<const std::int32_t> places) override;
  Result<void> swap_in(std::span<const std::int32_t> places,
                       std::span<const std::int32_t> pages) override;
  Result<void> submit(std::span<const SequenceSlice> slices) override;
  Result<void> collect(std::span<SampledToken> sampled) override;

 private:
  struct Row {
    TokenPlace place;
    std::vector<float> logits;
  };
  struct Flight {
    std::size_t slices = 0;
    std::vector<Row> rows{};
  };
  // What is known of a sequence of interest.
  struct Seen {
    std::vector<std::int32_t> pages{};
    std::int64_t furthest = 0;
  };

  void look_at(const SequenceSlice& slice);
  Result<void> lose_all();

  Device& device_;
  const WatchOptions options_;
  std::map<std::uint64_t, Seen> seen_;  // by seed
  std::set<std::uint64_t> disturbed_;
  std::deque<Flight> flights_;  // the oldest first
  std::map<TokenPlace, std::uint64_t> rows_;
  bool contradicted_ = false;
  std::mt19937 random_{1};
  bool lost_ = false;
};

}  // namespace proctor::engine::determinism
