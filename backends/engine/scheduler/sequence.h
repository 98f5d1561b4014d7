// A sequence that is not finished: its tokens, and how many of them are in the KV cache.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/engine/device.h"
#include "backends/engine/scheduler/prefix_cache.h"

namespace proctor::engine {

struct Sequence {
  std::int64_t id = 0;
  std::int64_t order = 0;  // of submission
  Prefix* prefix = nullptr;
  std::vector<std::int32_t> tokens;  // from the prompt's last one on, at prefix->length()
  int max_length = 0;                // of prompt and new tokens together
  SamplingParameters sampling;
  std::uint64_t seed = 0;

  // Page i holds the positions from i * page_size on; empty if it waits.
  std::vector<std::int32_t> pages;
  int computed = 0;      // positions in the cache, once started
  int furthest = 0;      // the most there ever were: below, computing is repeating
  bool started = false;  // the prefix is in its pages
  bool cancelled = false;
  int slice = -1;  // its place in the step, or -1

  int length() const { return prefix->length() + static_cast<int>(tokens.size()); }
  int pending() const { return length() - computed; }
};

}  // namespace proctor::engine
