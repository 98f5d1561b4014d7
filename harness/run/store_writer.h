// The one thread that writes the store: changes come in from anywhere, go out in groups, each group
// one durable transaction. The longer a disk takes to sync, the larger the groups become.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "harness/core/result.h"
#include "reports/store.h"

namespace proctor::harness::run {

class StoreWriter {
 public:
  // Called on the writer's thread with each group after it is on the disk; may move replies out.
  using OnCommitted = std::function<void(std::vector<reports::Change>& group)>;
  // Called once on the writer's thread if a commit fails; from then on nothing is written.
  using OnFailed = std::function<void(const Error& error)>;

  // `store` must outlive the writer and is the writer's alone until then.
  StoreWriter(reports::Store& store, OnCommitted on_committed, OnFailed on_failed);
  // Commits what is queued, then stops.
  ~StoreWriter();

  // Queues a change; blocks while the queue is at its limits of memory. Any thread. After a failed
  // commit changes are counted and dropped.
  void push(reports::Change change);

  // Waits until everything pushed so far is on the disk (or lost to a failure, which it returns).
  Result<void> drain();

  // Changes that came after the failure, or were in the group that failed.
  std::size_t dropped() const;

 private:
  void write_until_stopped(std::stop_token stop);
  bool take_group(std::stop_token stop, std::vector<reports::Change>& group);

  reports::Store& store_;
  OnCommitted on_committed_;
  OnFailed on_failed_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any arrived_;
  std::condition_variable room_;
  std::condition_variable idle_;
  std::vector<reports::Change> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;
  std::optional<Error> failure_;
  std::size_t dropped_ = 0;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace proctor::harness::run
