// A device that computes nothing: each token is a hash of its seed and its position. What a run on
// it takes is the host's share alone: scheduler, detokeniser, store, graders.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "backends/engine/device.h"

namespace proctor::bench {

class InstantDevice : public engine::Device {
 public:
  // Draws token ids below `vocabulary`; holds `positions` of cache.
  InstantDevice(int vocabulary, std::int64_t positions);

  std::string description() const override { return "no device, tokens out of a hash"; }
  std::string arithmetic() const override { return "hash"; }
  int page_size() const override { return 64; }
  int pages() const override { return pages_; }
  int max_step_tokens() const override { return 2048; }
  bool works_beside_host() const override { return true; }

  void set_stop_tokens(std::span<const std::int32_t> tokens) override {
    stop_tokens_.assign(tokens.begin(), tokens.end());
  }
  Result<void> copy_page(int, int) override { return {}; }
  Result<bool> swap_out(std::span<const std::int32_t>, std::span<const std::int32_t>) override {
    return false;
  }
  Result<void> swap_in(std::span<const std::int32_t>, std::span<const std::int32_t>) override {
    return {};
  }
  Result<void> submit(std::span<const engine::SequenceSlice> slices) override;
  Result<void> collect(std::span<engine::SampledToken> sampled) override;

 private:
  // Nothing for a slice that does not sample.
  using Drawn = std::vector<std::optional<engine::SampledToken>>;

  engine::SampledToken draw(const engine::SequenceSlice& slice) const;

  std::uint64_t vocabulary_;
  int pages_;
  std::vector<std::int32_t> stop_tokens_;
  std::deque<Drawn> under_way_;  // by slice; the oldest step first
  Drawn last_;                   // of the step submitted last
};

}  // namespace proctor::bench
