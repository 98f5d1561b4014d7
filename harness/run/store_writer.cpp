#include "harness/run/store_writer.h"

#include <chrono>
#include <thread>

namespace proctor::harness::run {
namespace {

using reports::Change;

// A group waits this long for company: invisible beside a model's reply, and it spares a busy disk
// nearly all of its syncs.
constexpr std::chrono::milliseconds kLinger{4};
constexpr std::size_t kFullGroup = 1024;

constexpr std::size_t kMostQueued = 16 * 1024;
constexpr std::size_t kMostQueuedBytes = 64U << 20;

// Each try waits for the lock itself (busy_timeout): some ten minutes in all.
constexpr int kBusyTries = 60;
constexpr std::chrono::milliseconds kBusyPause{100};

bool is_busy(const Result<void>& result) {
  return !result && result.error().code() == ErrorCode::busy;
}

std::size_t bytes_of(const Change& change) {
  const auto* generated = std::get_if<reports::SampleGenerated>(&change);
  return generated == nullptr ? 0
                              : generated->reply.text.size() + generated->reply.reasoning.size();
}

}  // namespace

StoreWriter::StoreWriter(reports::Store& store, OnCommitted on_committed, OnFailed on_failed)
    : store_(store),
      on_committed_(std::move(on_committed)),
      on_failed_(std::move(on_failed)),
      thread_([this](std::stop_token stop) { write_until_stopped(std::move(stop)); }) {}

StoreWriter::~StoreWriter() {
  (void)drain();
  thread_.request_stop();
}

void StoreWriter::push(Change change) {
  const std::size_t bytes = bytes_of(change);
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] {
    return failure_ || queue_.empty() ||
           (queue_.size() < kMostQueued && queued_bytes_ + bytes <= kMostQueuedBytes);
  });
  if (failure_) {
    ++dropped_;
    return;
  }
  queue_.push_back(std::move(change));
  queued_bytes_ += bytes;
  // The writer sleeps only before the first of a group and until the group is full.
  if (queue_.size() == 1 || queue_.size() == kFullGroup) arrived_.notify_one();
}

Result<void> StoreWriter::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return queue_.empty() && !writing_; });
  if (failure_) return *failure_;
  return {};
}

std::size_t StoreWriter::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

bool StoreWriter::take_group(std::stop_token stop, std::vector<Change>& group) {
  group.clear();
  std::unique_lock lock(mutex_);
  writing_ = false;
  if (queue_.empty()) idle_.notify_all();
  if (!arrived_.wait(lock, stop, [&] { return !queue_.empty(); })) return false;
  arrived_.wait_for(lock, stop, kLinger, [&] { return queue_.size() >= kFullGroup; });
  group.swap(queue_);
  queued_bytes_ = 0;
  writing_ = true;
  room_.notify_all();
  return true;
}

void StoreWriter::write_until_stopped(std::stop_token stop) {
  std::vector<Change> group;
  while (take_group(stop, group)) {
    Result<void> committed = store_.commit(group);
    // Somebody's shell or backup holds the file: replies are worth waiting for.
    for (int tries = 0; tries < kBusyTries && is_busy(committed); ++tries) {
      std::this_thread::sleep_for(kBusyPause);
      committed = store_.commit(group);
    }
    if (committed) {
      on_committed_(group);
      continue;
    }
    {
      const std::lock_guard lock(mutex_);
      failure_ = committed.error();
      dropped_ += group.size() + queue_.size();
      queue_.clear();
      queued_bytes_ = 0;
      room_.notify_all();
    }
    on_failed_(committed.error());
    // Stay to answer drain(); push() queues nothing any more.
    const std::lock_guard lock(mutex_);
    writing_ = false;
    idle_.notify_all();
    return;
  }
}

}  // namespace proctor::harness::run
