#include "backends/engine/cuda/page_copies.h"

#include <utility>

#include "backends/engine/cuda/kernels/kv_layout.h"

namespace proctor::engine::cuda {

Result<std::unique_ptr<PageCopies>> PageCopies::make(const PagedCache& cache, HostPages host,
                                                     Stream& steps) {
  check(cache.bytes.size() == cache.layers * cache.pages() * cache.page_bytes);
  Result<Stream> copies = Stream::make();
  if (!copies) return copies.error();
  Result<Event> copied = Event::make();
  if (!copied) return copied.error();
  return std::unique_ptr<PageCopies>(
      new PageCopies(cache, std::move(host), steps, std::move(*copies), std::move(*copied)));
}

PageCopies::PageCopies(const PagedCache& cache, HostPages host, Stream& steps, Stream copies,
                       Event copied)
    : cache_(cache),
      host_(std::move(host)),
      steps_(&steps),
      copies_(std::move(copies)),
      copied_(std::move(copied)),
      pages_(cache.pages()),
      places_(static_cast<std::size_t>(host_.places())) {}

// Both streams copy to and from the host's memory, which goes away with this.
PageCopies::~PageCopies() {
  static_cast<void>(copies_.wait());
  static_cast<void>(steps_->wait());
}

PageCopies::Use& PageCopies::use_of_page(std::int32_t page) {
  check(page >= 0 && static_cast<std::size_t>(page) < pages_.size());
  return pages_[static_cast<std::size_t>(page)];
}

std::byte* PageCopies::page_at(std::size_t layer, std::int32_t page) const {
  const std::size_t before = layer * pages_.size() + static_cast<std::size_t>(page);
  return cache_.bytes.data() + before * cache_.page_bytes;
}

void PageCopies::copy_page(std::int32_t from, std::int32_t to) {
  use_of_page(from).read = use_of_page(to).written = begun_ + 1;
  CopyBatch batch(cache_.page_bytes);
  for (std::size_t layer = 0; layer < cache_.layers; ++layer) {
    batch.add(page_at(layer, to), page_at(layer, from));
  }
  batch.send(CopyBatch::By::any, *steps_);
}

Result<bool> PageCopies::swap_out(std::span<const std::int32_t> pages,
                                  std::span<const std::int32_t> places) {
  check(pages.size() == places.size());
  if (!host_.get(places)) return false;
  CopyBatch beside(cache_.page_bytes);
  CopyBatch behind(cache_.page_bytes);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    Use& page = use_of_page(pages[i]);
    Use& place = use_of_place(places[i]);
    const bool waits = under_way(page.written) || under_way(place.written);
    if (waits) page.read = place.written = begun_ + 1;
    std::byte* const there = host_.at(places[i]).data();
    for (std::size_t layer = 0; layer < cache_.layers; ++layer) {
      (waits ? behind : beside).add(there + layer * cache_.page_bytes, page_at(layer, pages[i]));
    }
  }
  const Result<void> sent = send(beside, behind);
  if (!sent) return sent.error();
  return true;
}

Result<void> PageCopies::swap_in(std::span<const std::int32_t> places,
                                 std::span<const std::int32_t> pages) {
  check(pages.size() == places.size());
  CopyBatch beside(cache_.page_bytes);
  CopyBatch behind(cache_.page_bytes);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    Use& page = use_of_page(pages[i]);
    Use& place = use_of_place(places[i]);
    const bool waits = under_way(page.read) || under_way(page.written) || under_way(place.written);
    if (waits) page.written = place.written = begun_ + 1;
    const std::byte* const there = host_.at(places[i]).data();
    for (std::size_t layer = 0; layer < cache_.layers; ++layer) {
      (waits ? behind : beside).add(page_at(layer, pages[i]), there + layer * cache_.page_bytes);
    }
  }
  return send(beside, behind);
}

Result<void> PageCopies::send(const CopyBatch& beside, const CopyBatch& behind) {
  beside.send(CopyBatch::By::copy_engine, copies_);
  copied_.record(copies_);
  copied_.hold(*steps_);
  behind.send(CopyBatch::By::copy_engine, *steps_);
  if (copies_.failed()) return copies_.wait();
  return {};
}

void PageCopies::step_begun(std::span<const SequenceSlice> slices) {
  ++begun_;
  if (places_.empty()) return;  // nothing will be asked
  for (const SequenceSlice& slice : slices) {
    for (const std::int32_t page : slice.pages) use_of_page(page).read = begun_;
    const auto first = static_cast<std::size_t>(slice.start / kPagePositions);
    for (const std::int32_t page : slice.pages.subspan(first)) use_of_page(page).written = begun_;
  }
}

}  // namespace proctor::engine::cuda
