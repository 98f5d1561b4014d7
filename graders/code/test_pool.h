// Threads that run the tests of several programs, and stop a program's at its first failure.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace proctor::graders::code {

// Thread-safe.
class TestPool {
 public:
  explicit TestPool(int threads);
  // Nobody may be waiting in first_failure().
  ~TestPool();
  TestPool(const TestPool&) = delete;
  TestPool& operator=(const TestPool&) = delete;

  // The lowest i below `count` for which passes(i) is false, or `count`: the same whatever the
  // timing. Calls begin in order, several at a time; all below the result are made, few above it.
  // Blocks; programs that came earlier go first.
  std::size_t first_failure(std::size_t count, const std::function<bool(std::size_t)>& passes);

 private:
  struct Tests {
    const std::function<bool(std::size_t)>& passes;
    std::size_t first_failed;  // as far as is known; begins at their number
    std::size_t next = 0;
    int running = 0;

    bool all_begun() const { return next >= first_failed; }
    bool done() const { return all_begun() && running == 0; }
  };

  void work(const std::stop_token& stop);

  std::mutex mutex_;  // guards both below, and all Tests
  std::deque<Tests*> waiting_;
  std::condition_variable_any changed_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace proctor::graders::code
