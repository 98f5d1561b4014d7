// Prompts and their part of the KV cache, each shared by all sequences that ask it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backends/engine/scheduler/page_pool.h"

namespace proctor::engine {

// A prompt, and the cache of all of it but the last token, which each sequence computes itself.
struct Prefix {
  std::vector<std::int32_t> prompt;
  std::size_t hash = 0;
  std::vector<std::int32_t> pages;  // none, the full ones, or all that length() positions take
  int room = 0;                     // positions up to length() that the pages can hold
  int computed = 0;                 // positions in the cache
  int furthest = 0;                 // the most there ever were: below, computing is repeating
  int members = 0;                  // unfinished sequences
  int residents = 0;                // those of them that have pages
  int starting = 0;                 // those of them that wait for the prefix to be computed
  bool in_step = false;             // while StepPlan::make runs: it has its slice

  int length() const { return static_cast<int>(prompt.size()) - 1; }
};

class PrefixCache {
 public:
  explicit PrefixCache(PagePool& pool) : pool_(pool) {}  // which must outlive it

  // A new member of the prompt's prefix.
  Prefix& join(std::vector<std::int32_t> prompt);
  // One member less; without any, the prefix is gone and its pages with it.
  void leave(Prefix& prefix);

  // Pages that start no sequence and serve no running one: they could be had for a recomputation.
  // Those of `except` do not count.
  int droppable_pages(const Prefix* except) const;
  // Gives up such pages of the prefix whose prompt is the youngest; false if there are none.
  bool drop_one(const Prefix* except);

  // Takes what the prefix does not have of its first `pages` pages.
  void complete_pages(Prefix& prefix, int pages);
  // Gives up the last page if it is partly filled: a sequence has copied it or takes it over.
  void give_up_partial_page(Prefix& prefix);

  // All prefixes there are, the oldest first.
  const std::vector<std::unique_ptr<Prefix>>& all() const { return prefixes_; }

 private:
  int full_pages(const Prefix& prefix) const { return prefix.length() / pool_.page_size(); }
  int droppable_pages_of(const Prefix& prefix) const;
  void give_up_pages(Prefix& prefix, int kept);
  void set_room(Prefix& prefix) const;

  PagePool& pool_;
  std::vector<std::unique_ptr<Prefix>> prefixes_;
};

}  // namespace proctor::engine
