#include "harness/process/worker_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <numeric>
#include <vector>

using proctor::harness::WorkerPool;

TEST_CASE("a loop over the workers calls each index once and hands its results back") {
  WorkerPool pool;
  CHECK(pool.workers() >= 1);
  for (const std::size_t count :
       {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{5000}}) {
    std::vector<int> in(count);
    std::iota(in.begin(), in.end(), 1);
    std::vector<int> out(count, 0);
    pool.for_each(count, [&](std::size_t i) { out[i] += 2 * in[i]; });
    for (std::size_t i = 0; i < count; ++i) REQUIRE(out[i] == 2 * in[i]);
  }
}

TEST_CASE("posted jobs run without anybody waiting in the pool") {
  WorkerPool pool;
  std::atomic<int> ran = 0;
  for (int i = 0; i < 1000; ++i) {
    pool.post([](void* count) { ++*static_cast<std::atomic<int>*>(count); }, &ran);
  }
  while (ran < 1000) {
  }
  CHECK(ran == 1000);
}
