#include "graders/code/test_pool.h"

#include <algorithm>

#include "harness/core/check.h"

namespace proctor::graders::code {

TestPool::TestPool(int threads) {
  check(threads > 0);
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

TestPool::~TestPool() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

std::size_t TestPool::first_failure(std::size_t count,
                                    const std::function<bool(std::size_t)>& passes) {
  if (count == 0) return 0;
  Tests tests{passes, count};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&tests);
  changed_.notify_all();
  changed_.wait(lock, [&] { return tests.done(); });
  return tests.first_failed;
}

void TestPool::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    Tests& tests = *waiting_.front();
    const std::size_t index = tests.next++;
    ++tests.running;
    if (tests.all_begun()) waiting_.pop_front();
    lock.unlock();
    const bool passed = tests.passes(index);
    lock.lock();
    --tests.running;
    if (!passed) {
      tests.first_failed = std::min(tests.first_failed, index);
      if (tests.all_begun()) std::erase(waiting_, &tests);
    }
    if (tests.done()) changed_.notify_all();  // and its owner takes `tests` away
  }
}

}  // namespace proctor::graders::code
