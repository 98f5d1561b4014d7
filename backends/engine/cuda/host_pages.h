// Pinned memory of the host for pages of the cache: places, each for all layers of one page. They
// are taken from the system in slabs as they come to be used, since pinning takes about a second
// for some gigabytes and most runs need none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "backends/engine/cuda/device_buffer.h"
#include "harness/core/check.h"

namespace proctor::engine::cuda {

class HostPages {
 public:
  HostPages() = default;  // no places
  // As many places of `page_bytes` as fit into `bytes`.
  HostPages(std::size_t page_bytes, std::size_t bytes)
      : page_bytes_(page_bytes),
        places_(std::min<std::size_t>(bytes / page_bytes, std::numeric_limits<int>::max())),
        slab_places_(std::max<std::size_t>(1, std::min(kSlabBytes / page_bytes, places_))),
        slabs_((places_ + slab_places_ - 1) / slab_places_) {}

  int places() const { return static_cast<int>(places_); }

  // Whether there is memory behind all these places; tries to get what is missing.
  bool get(std::span<const std::int32_t> places) {
    return std::all_of(places.begin(), places.end(), [&](std::int32_t place) {
      PinnedBuffer<std::byte>& slab = slab_of(place);
      if (slab.size() > 0) return true;
      Result<PinnedBuffer<std::byte>> made =
          PinnedBuffer<std::byte>::make(slab_places_ * page_bytes_);
      if (made) slab = std::move(*made);
      return slab.size() > 0;
    });
  }

  // The memory of a place that get() has seen.
  std::span<std::byte> at(std::int32_t place) {
    const std::size_t within = static_cast<std::size_t>(place) % slab_places_;
    return slab_of(place).span().subspan(within * page_bytes_, page_bytes_);
  }

 private:
  static constexpr std::size_t kSlabBytes = std::size_t{64} << 20;

  PinnedBuffer<std::byte>& slab_of(std::int32_t place) {
    check(place >= 0 && static_cast<std::size_t>(place) < places_);
    return slabs_[static_cast<std::size_t>(place) / slab_places_];
  }

  std::size_t page_bytes_ = 1;
  std::size_t places_ = 0;
  std::size_t slab_places_ = 1;
  std::vector<PinnedBuffer<std::byte>> slabs_;  // empty ones: not taken yet
};

}  // namespace proctor::engine::cuda
