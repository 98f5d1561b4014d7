#include "backends/engine/cpu/thread_pool.h"

#include <system_error>

#include "harness/core/check.h"

namespace proctor::engine::cpu {
namespace {

// Looks again for some ten microseconds, about what waking a sleeper costs, and then gives up.
template <class Condition>
void pause_while(Condition condition) {
  for (int i = 0; i < 400 && condition(); ++i) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  check(threads >= 1);
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {
    // Those that there are compute the same.
  }
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  ++stage_;
  stage_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(std::size_t count, const Task& task) {
  if (workers_.empty() || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) task(i, 0);
    return;
  }
  task_ = &task;
  count_ = count;
  next_ = 0;
  busy_ = static_cast<int>(workers_.size());
  ++stage_;
  stage_.notify_all();
  take_tasks(0);
  pause_while([this] { return busy_ != 0; });
  for (int busy = busy_; busy != 0; busy = busy_) busy_.wait(busy);
}

void ThreadPool::work(int thread) {
  for (std::uint32_t seen = 0;; ++seen) {
    pause_while([this, seen] { return stage_ == seen; });
    stage_.wait(seen);
    if (stopping_) return;
    take_tasks(thread);
    if (--busy_ == 0) busy_.notify_one();
  }
}

void ThreadPool::take_tasks(int thread) {
  for (std::size_t i = next_++; i < count_; i = next_++) (*task_)(i, thread);
}

}  // namespace proctor::engine::cpu
