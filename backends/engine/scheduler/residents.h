// The sequences that have pages: who is let in, who must leave when memory runs out.
//
// Every sequence gets done, whatever else is submitted. The oldest of the residents is never made
// to leave, and alone it fits, as any sequence does alone (Scheduler::submit sees to it). Nothing
// is let in before an older one that waits (the scheduler asks in order). So the oldest of all
// unfinished sequences is a resident, or the next to be let in once others have finished or left;
// from then on it stays until it is done, and the next oldest is the oldest.
#pragma once

#include <vector>

#include "backends/engine/device.h"
#include "backends/engine/scheduler/page_pool.h"
#include "backends/engine/scheduler/prefix_cache.h"
#include "backends/engine/scheduler/sequence.h"
#include "harness/core/result.h"

namespace proctor::engine {

class Residents {
 public:
  // All four must outlive it. `host`: places for pages that are swapped out.
  Residents(Device& device, PagePool& pool, PagePool& host, PrefixCache& prefixes)
      : device_(device), pool_(pool), host_(host), prefixes_(prefixes) {}

  // In the order of submission.
  const std::vector<Sequence*>& all() const { return all_; }

  // Gives a sequence the pages of all its tokens if that leaves `reserve` pages, or if there is no
  // other resident; false if not.
  bool admit(Sequence& sequence, int reserve);

  // Gives every resident the pages of the tokens that it has by now. Where they run out, prefixes
  // that nobody needs now give up theirs, then the residents with the fewest tokens, the youngest
  // among equals; those that had to are appended to `preempted`. What they computed goes to the
  // host's memory if all of it fits there. Errors: the device's.
  Result<void> grow(std::vector<Sequence*>& preempted);

  // Lets those start whose prefix is computed: with their own pages as they were, if these had been
  // swapped out, else from the prefix on. Errors: the device's.
  Result<void> start();

  // Takes all pages from a resident, which leaves.
  void release(Sequence& sequence);
  // Takes the host's places from a sequence that is swapped out: it will be computed again.
  void forget(Sequence& sequence);

 private:
  int full_prefix_pages(const Prefix& prefix) const { return prefix.length() / pool_.page_size(); }
  int missing_pages(const Sequence& sequence) const;
  Sequence& shortest_but_oldest() const;
  Result<void> swap_out(Sequence& sequence);
  Result<void> swap_in(Sequence& sequence);
  Result<void> begin_after_prefix(Sequence& sequence);

  Device& device_;
  PagePool& pool_;
  PagePool& host_;
  PrefixCache& prefixes_;
  std::vector<Sequence*> all_;
};

}  // namespace proctor::engine
