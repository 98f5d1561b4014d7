// The pages of a KV cache, on the device or in the host's memory: which are free, and how many
// owners each of the others has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/core/check.h"

namespace proctor::engine {

// Giving up a page that nobody owns, or taking one when none is free, is a bug and stops the
// program. Not thread-safe.
class PagePool {
 public:
  // Pages 0 to pages - 1, of page_size positions each; there may be none.
  PagePool(int pages, int page_size)
      : page_size_(page_size), owners_(static_cast<std::size_t>(pages), 0) {
    check(pages >= 0 && page_size > 0);
    for (int page = pages; page-- > 0;) free_.push_back(page);
  }

  int page_size() const { return page_size_; }
  int pages() const { return static_cast<int>(owners_.size()); }
  int free() const { return static_cast<int>(free_.size()); }
  int used() const { return pages() - free(); }
  int owners(std::int32_t page) const { return owners_[static_cast<std::size_t>(page)]; }

  // How many pages the first `positions` positions of a sequence take.
  int pages_for(int positions) const { return (positions + page_size_ - 1) / page_size_; }

  // A page with one owner.
  std::int32_t allocate() {
    check(!free_.empty());
    const std::int32_t page = free_.back();
    free_.pop_back();
    owners_[static_cast<std::size_t>(page)] = 1;
    return page;
  }

  // One more owner of a page that has one.
  void retain(std::int32_t page) {
    check(owners(page) > 0);
    ++owners_[static_cast<std::size_t>(page)];
  }

  // One owner less; without any the page is free.
  void release(std::int32_t page) {
    check(owners(page) > 0);
    if (--owners_[static_cast<std::size_t>(page)] == 0) free_.push_back(page);
  }

 private:
  int page_size_;
  std::vector<int> owners_;
  std::vector<std::int32_t> free_;
};

}  // namespace proctor::engine
