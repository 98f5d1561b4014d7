// A sequence that is not finished: its tokens, and how many of them are in the KV cache.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "backends/engine/device.h"
#include "backends/engine/scheduler/prefix_cache.h"

namespace proctor::engine {

struct Sequence {
  std::int64_t id = 0;
  std::int64_t order = 0;  // of submission
  Prefix* prefix = nullptr;
  // From the prompt's last one on, at prefix->length(). Those that steps under way draw have their
  // places here and are not known yet.
  std::vector<std::int32_t> tokens;
  int max_length = std::numeric_limits<int>::max();  // of prompt and new tokens together
  SamplingParameters sampling;
  std::uint64_t seed = 0;

  // Page i holds the positions from i * page_size on; empty if it waits.
  std::vector<std::int32_t> pages;
  std::vector<std::int32_t> places;  // of the host, that hold its own pages while it is swapped out
  int computed = 0;      // positions in the cache, or by now on the way to it, once started
  int furthest = 0;      // the most there ever were: below, computing is repeating
  bool started = false;  // the prefix is in its pages
  bool cancelled = false;
  int slice = -1;     // its place in the step that is planned, or -1
  int drawn_by = -1;  // the slice of the last step that draws its last token; -1: that is known

  int length() const { return prefix->length() + static_cast<int>(tokens.size()); }
  // How many positions the cache must hold for the next token: all, but that the last token of all
  // is followed by none.
  int cached_length() const { return std::min(length(), max_length - 1); }
  int pending() const { return cached_length() - computed; }
  bool swapped_out() const { return !places.empty(); }
};

}  // namespace proctor::engine
