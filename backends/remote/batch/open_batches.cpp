#include "backends/remote/batch/open_batches.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace proctor::backends {
namespace {

constexpr double kPollGrowth = 1.5;

}  // namespace

void OpenBatch::look_later() {
  next_look = Clock::now() + interval;
  const double longer = kPollGrowth * static_cast<double>(interval.count());
  interval = std::min(kLongestPoll, std::chrono::milliseconds(std::llround(longer)));
}

OpenBatch& OpenBatches::add(OpenBatch batch) {
  batches_.push_back(std::move(batch));
  return batches_.back();
}

void OpenBatches::add_earlier(LedgerEntry entry, std::chrono::milliseconds interval) {
  OpenBatch& batch = add({.entry = std::move(entry), .interval = interval});
  batch.unclaimed = batch.entry.requests.size();
  for (const std::string& id : batch.entry.requests) unclaimed_[id] = std::prev(batches_.end());
}

OpenBatch* OpenBatches::claim(const std::string& id) {
  const auto found = unclaimed_.find(id);
  if (found == unclaimed_.end()) return nullptr;
  OpenBatch& batch = *found->second;
  unclaimed_.erase(found);
  --batch.unclaimed;
  batch.next_look = {};  // it may have ended long ago
  return &batch;
}

OpenBatches::Iterator OpenBatches::erase(Iterator batch) {
  for (const std::string& id : batch->entry.requests) {
    const auto found = unclaimed_.find(id);
    if (found != unclaimed_.end() && found->second == batch) unclaimed_.erase(found);
  }
  return batches_.erase(batch);
}

}  // namespace proctor::backends
