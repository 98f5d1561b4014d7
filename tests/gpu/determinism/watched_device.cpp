#include "tests/gpu/determinism/watched_device.h"

#include <algorithm>
#include <bit>

namespace proctor::engine::determinism {

WatchedDevice::WatchedDevice(Device& device, WatchOptions options)
    : device_(device), options_(std::move(options)) {
  for (const auto& [seed, position] : options_.places) seen_[seed];
}

Result<bool> WatchedDevice::swap_out(std::span<const std::int32_t> pages,
                                     std::span<const std::int32_t> places) {
  for (const auto& [seed, seen] : seen_) {
    const bool hit = std::ranges::find_first_of(pages, seen.pages) != pages.end();
    if (hit) disturbed_.insert(seed);
  }
  return device_.swap_out(pages, places);
}

Result<void> WatchedDevice::swap_in(std::span<const std::int32_t> places,
                                    std::span<const std::int32_t> pages) {
  if (options_.fault == Fault::lost_swap) return {};
  return device_.swap_in(places, pages);
}

void WatchedDevice::look_at(const SequenceSlice& slice) {
  const auto found = seen_.find(slice.seed);
  if (found == seen_.end()) return;
  Seen& seen = found->second;
  const std::int64_t end = slice.start + static_cast<std::int64_t>(slice.tokens.size());
  if (slice.start < seen.furthest) disturbed_.insert(slice.seed);
  seen.furthest = std::max(seen.furthest, end);
  seen.pages.assign(slice.pages.begin(), slice.pages.end());
}

Result<void> WatchedDevice::submit(std::span<const SequenceSlice> slices) {
  std::vector<SequenceSlice> changed(slices.begin(), slices.end());
  std::vector<Row> rows;
  rows.reserve(slices.size());
  for (std::size_t i = 0; i < changed.size(); ++i) {
    SequenceSlice& slice = changed[i];
    look_at(slice);
    const TokenPlace place = {slice.seed,
                              slice.start + static_cast<std::int64_t>(slice.tokens.size())};
    if (slice.sample && options_.places.contains(place)) {
      rows.push_back({place, std::vector<float>(static_cast<std::size_t>(options_.vocab_size))});
      slice.logits = rows.back().logits;
    }
    if (options_.fault == Fault::seed_of_the_row) slice.seed = i;
  }
  flights_.push_back({slices.size(), std::move(rows)});
  return device_.submit(changed);
}

// As after an error of the device: no step is under way, and nobody hears what they drew.
Result<void> WatchedDevice::lose_all() {
  for (; !flights_.empty(); flights_.pop_front()) {
    std::vector<SampledToken> nobodys(flights_.front().slices);
    if (Result<void> done = device_.collect(nobodys); !done) return done;
  }
  lost_ = true;
  return Error(ErrorCode::unavailable, "a step that is to be lost");
}

Result<void> WatchedDevice::collect(std::span<SampledToken> sampled) {
  if (static_cast<int>(random_() % 100) < options_.lost) return lose_all();
  if (Result<void> done = device_.collect(sampled); !done) return done;
  for (const Row& row : flights_.front().rows) {
    Hash hash;
    for (const float logit : row.logits) hash.add(std::bit_cast<std::uint32_t>(logit));
    const auto [known, is_new] = rows_.try_emplace(row.place, hash.value());
    contradicted_ = contradicted_ || known->second != hash.value();
  }
  flights_.pop_front();
  return {};
}

}  // namespace proctor::engine::determinism
