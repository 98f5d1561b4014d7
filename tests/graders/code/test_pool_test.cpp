// Tests of several programs on few threads: each program hears of its first failure, and no test is
// begun twice.
#include "graders/code/test_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

using proctor::graders::code::TestPool;

namespace {

// A program of which some tests fail, run by a pool; counts how often each was called.
struct Tried {
  explicit Tried(std::set<std::size_t> fails) : failing(std::move(fails)), calls(40) {}

  std::size_t run(TestPool& pool) {
    return pool.first_failure(calls.size(), [this](std::size_t i) {
      ++calls[i];
      return !failing.contains(i);
    });
  }

  std::set<std::size_t> failing;
  std::vector<std::atomic<int>> calls;
};

}  // namespace

TEST_CASE("the first failure is the same whatever the threads do") {
  struct Row {
    std::set<std::size_t> failing;
    std::size_t first;
  };
  const Row rows[] = {{{}, 40}, {{0}, 0}, {{39}, 39}, {{7, 8, 30}, 7}};
  for (const int threads : {1, 2, 5}) {
    CAPTURE(threads);
    TestPool pool(threads);
    for (int round = 0; round < 20; ++round) {
      std::vector<std::jthread> callers;
      for (const Row& row : rows) {
        callers.emplace_back([&] {
          Tried tried(row.failing);
          CHECK(tried.run(pool) == row.first);
          for (std::size_t i = 0; i < tried.calls.size(); ++i) {
            CHECK(tried.calls[i] <= 1);
            if (i < row.first) CHECK(tried.calls[i] == 1);
          }
        });
      }
    }
  }
}

TEST_CASE("a program without tests has no failure") {
  TestPool pool(1);
  CHECK(pool.first_failure(0, [](std::size_t) { return false; }) == 0);
}

TEST_CASE("one program has all threads when there is no other") {
  TestPool pool(3);
  std::atomic<int> inside = 0;
  // Each test waits for the other two: on fewer threads this would never end.
  const std::size_t first = pool.first_failure(3, [&](std::size_t) {
    ++inside;
    while (inside < 3) std::this_thread::yield();
    return true;
  });
  CHECK(first == 3);
}
