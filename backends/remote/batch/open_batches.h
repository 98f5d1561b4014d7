// The batches that replies are still expected of, those of earlier processes among them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "backends/remote/batch/batch_ledger.h"
#include "backends/remote/batch/batch_queue.h"

namespace proctor::backends {

// Between two looks at a batch, at most.
constexpr std::chrono::milliseconds kLongestPoll = std::chrono::minutes(10);

// A batch that has been handed in, or may have been.
struct OpenBatch {
  using Clock = std::chrono::steady_clock;

  LedgerEntry entry{};
  std::unordered_map<std::string, BatchRequest> waiting{};  // by custom id
  std::size_t unclaimed = 0;  // of an earlier process, which the feed has not given again
  Clock::time_point next_look{};
  std::chrono::milliseconds interval{};
  int misses = 0;             // looks in a row that did not find it
  std::int64_t answered = 0;  // as the service counts

  std::string name() const { return "batch " + (entry.id.empty() ? entry.key : entry.id); }
  // Lets it be for a while, and for longer each time.
  void look_later();
};

// One thread at a time.
class OpenBatches {
 public:
  using Iterator = std::list<OpenBatch>::iterator;

  OpenBatch& add(OpenBatch batch);
  // One that an earlier process handed in. Its requests wait to be claimed.
  void add_earlier(LedgerEntry entry, std::chrono::milliseconds interval);

  // The batch of an earlier process that holds this request, which from now on is claimed; the
  // newest, if it was asked again there. Null if it is new.
  OpenBatch* claim(const std::string& id);

  // What was not claimed of the batch is new from now on.
  Iterator erase(Iterator batch);

  Iterator begin() { return batches_.begin(); }
  Iterator end() { return batches_.end(); }
  auto begin() const { return batches_.begin(); }
  auto end() const { return batches_.end(); }
  bool empty() const { return batches_.empty(); }
  std::size_t size() const { return batches_.size(); }

 private:
  std::list<OpenBatch> batches_;
  std::unordered_map<std::string, Iterator> unclaimed_;  // by custom id
};

}  // namespace proctor::backends
