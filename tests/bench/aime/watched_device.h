// A device that keeps account of what another one is asked to do, and of when.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/engine/device.h"

namespace proctor::bench {

struct StepLoad {
  int rows = 0;                // tokens that went through the layers
  std::int64_t positions = 0;  // of the cache that they attended to
};

// Used from one thread at a time; `device` must outlive it.
class WatchedDevice : public engine::Device {
 public:
  using Clock = std::chrono::steady_clock;

  explicit WatchedDevice(engine::Device& device) : device_(device) {}

  std::string description() const override { return device_.description(); }
  std::string arithmetic() const override { return device_.arithmetic(); }
  int page_size() const override { return device_.page_size(); }
  int pages() const override { return device_.pages(); }
  int max_step_tokens() const override { return device_.max_step_tokens(); }
  bool works_beside_host() const override { return device_.works_beside_host(); }
  int host_pages() const override { return device_.host_pages(); }
  double busy_seconds() const override { return device_.busy_seconds(); }

  void set_stop_tokens(std::span<const std::int32_t> tokens) override {
    device_.set_stop_tokens(tokens);
  }
  Result<void> copy_page(int from, int to) override;
  Result<bool> swap_out(std::span<const std::int32_t> pages,
                        std::span<const std::int32_t> places) override;
  Result<void> swap_in(std::span<const std::int32_t> places,
                       std::span<const std::int32_t> pages) override;
  Result<void> submit(std::span<const engine::SequenceSlice> slices) override;
  Result<void> collect(std::span<engine::SampledToken> sampled) override;

  const std::vector<StepLoad>& steps() const { return steps_; }
  // From the first call to the end of the last.
  double wall_seconds() const;
  // That the host spent in calls that hand work over, and in waiting for results.
  double calling_seconds() const { return calling_.count(); }
  double waiting_seconds() const { return waiting_.count(); }

 private:
  using Seconds = std::chrono::duration<double>;

  // Adds the time until it ends to `sum`.
  class Stopwatch {
   public:
    Stopwatch(WatchedDevice& owner, Seconds& sum);
    ~Stopwatch();

   private:
    WatchedDevice& owner_;
    Seconds& sum_;
    Clock::time_point start_ = Clock::now();
  };

  engine::Device& device_;
  std::vector<StepLoad> steps_;
  std::optional<Clock::time_point> first_;
  Clock::time_point last_;
  Seconds calling_{0};
  Seconds waiting_{0};
};

}  // namespace proctor::bench
