// Copies of the cache's pages: to the host's memory and back, for sequences that must make room,
// and from one page to another.
//
// Copies to and from the host run in a stream of their own, beside the steps, where a step that may
// still be under way does not forbid it: one that writes a page which goes out, or has anything to
// do with a page or place that is copied over. These few pages, of a sequence that has just been
// preempted the last one, are copied in the steps' stream instead, behind that step. Whatever the
// steps' stream is given after a swap waits for it on the device. So a swap costs the steps the
// time by which it outlasts the step that is under way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backends/engine/cuda/copy_batch.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/host_pages.h"
#include "backends/engine/cuda/stream.h"
#include "backends/engine/device.h"
#include "harness/core/result.h"

namespace proctor::engine::cuda {

struct PagedCache {
  DeviceSpan<std::byte> bytes;  // [layers][pages][page_bytes]
  std::size_t layers = 0;
  std::size_t page_bytes = 0;

  std::size_t pages() const { return bytes.size() / layers / page_bytes; }
};

// Used by one thread at a time.
class PageCopies {
 public:
  // The cache and the steps' stream must outlive it; the stream has done with what it was given. A
  // place of `host` holds a page of all layers. Errors: unavailable.
  static Result<std::unique_ptr<PageCopies>> make(const PagedCache& cache, HostPages host,
                                                  Stream& steps);
  ~PageCopies();

  int places() const { return host_.places(); }

  // As Device says. What an operation of the steps' stream runs into is for that stream to tell.
  void copy_page(std::int32_t from, std::int32_t to);
  Result<bool> swap_out(std::span<const std::int32_t> pages, std::span<const std::int32_t> places);
  Result<void> swap_in(std::span<const std::int32_t> places, std::span<const std::int32_t> pages);

  // The steps' stream was given a step of these slices.
  void step_begun(std::span<const SequenceSlice> slices);
  // The first `steps` of them all are done, and what the stream was given before these.
  void steps_ended(std::size_t steps) { ended_ = steps; }

 private:
  // The steps after which the steps' stream no longer reads or writes a page, counted from 1; of a
  // place, both are `written`.
  struct Use {
    std::size_t read = 0;
    std::size_t written = 0;
  };

  PageCopies(const PagedCache& cache, HostPages host, Stream& steps, Stream copies, Event copied);
  bool under_way(std::size_t step) const { return step > ended_; }
  Use& use_of_page(std::int32_t page);
  Use& use_of_place(std::int32_t place) { return places_[static_cast<std::size_t>(place)]; }
  std::byte* page_at(std::size_t layer, std::int32_t page) const;
  Result<void> send(const CopyBatch& beside, const CopyBatch& behind);

  PagedCache cache_;
  HostPages host_;
  Stream* steps_;
  Stream copies_;
  Event copied_;  // the last of them
  std::vector<Use> pages_;
  std::vector<Use> places_;
  std::size_t begun_ = 0;  // steps
  std::size_t ended_ = 0;
};

}  // namespace proctor::engine::cuda
