#include "tests/bench/aime/watched_device.h"

namespace proctor::bench {

WatchedDevice::Stopwatch::Stopwatch(WatchedDevice& owner, Seconds& sum) : owner_(owner), sum_(sum) {
  if (!owner_.first_) owner_.first_ = start_;
}

WatchedDevice::Stopwatch::~Stopwatch() {
  owner_.last_ = Clock::now();
  sum_ += owner_.last_ - start_;
}

double WatchedDevice::wall_seconds() const { return first_ ? Seconds(last_ - *first_).count() : 0; }

Result<void> WatchedDevice::copy_page(int from, int to) {
  const Stopwatch watch(*this, calling_);
  return device_.copy_page(from, to);
}

Result<bool> WatchedDevice::swap_out(std::span<const std::int32_t> pages,
                                     std::span<const std::int32_t> places) {
  const Stopwatch watch(*this, calling_);
  return device_.swap_out(pages, places);
}

Result<void> WatchedDevice::swap_in(std::span<const std::int32_t> places,
                                    std::span<const std::int32_t> pages) {
  const Stopwatch watch(*this, calling_);
  return device_.swap_in(places, pages);
}

Result<void> WatchedDevice::submit(std::span<const engine::SequenceSlice> slices) {
  StepLoad load;
  for (const engine::SequenceSlice& slice : slices) {
    const auto tokens = static_cast<int>(slice.tokens.size());
    load.rows += tokens;
    load.positions += slice.start + tokens;  // a prompt's rows share what they read
  }
  steps_.push_back(load);
  const Stopwatch watch(*this, calling_);
  return device_.submit(slices);
}

Result<void> WatchedDevice::collect(std::span<engine::SampledToken> sampled) {
  const Stopwatch watch(*this, waiting_);
  return device_.collect(sampled);
}

}  // namespace proctor::bench
