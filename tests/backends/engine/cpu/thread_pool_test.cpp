#include "backends/engine/cpu/thread_pool.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

using proctor::engine::cpu::ThreadPool;

namespace {

// Leaves this process address space for a few more stacks.
bool limit_stacks() {
  std::size_t pages = 0;
  if (!(std::ifstream("/proc/self/statm") >> pages)) return false;
  const rlim_t most = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{32} << 20);
  const rlimit limit = {most, most};
  return setrlimit(RLIMIT_AS, &limit) == 0;
}

}  // namespace

TEST_CASE("a pool runs each task once and shows the caller what they wrote") {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (const std::size_t count : {0, 1, 2, 3, 100}) {
      std::vector<int> calls(count, 0);
      std::atomic<bool> thread_in_range = true;
      pool.run(count, [&](std::size_t i, int thread) {
        ++calls[i];
        if (thread < 0 || thread >= threads) thread_in_range = false;
      });
      CHECK(calls == std::vector<int>(count, 1));
      CHECK(thread_in_range);
    }
  }
}

TEST_CASE("a pool works stage after stage, also after it has slept") {
  ThreadPool pool(3);
  long sum = 0;
  std::vector<long> parts(8);
  for (int stage = 0; stage < 2000; ++stage) {
    if (stage % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    pool.run(parts.size(), [&](std::size_t i, int) { parts[i] = static_cast<long>(i) + stage; });
    for (const long part : parts) sum += part;
  }
  CHECK(sum == 2000L * 28 + 8L * 1999 * 1000);
}

TEST_CASE("tasks run on more than one thread when they wait for each other") {
  ThreadPool pool(2);
  std::atomic<int> arrived = 0;
  pool.run(2, [&](std::size_t, int) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  CHECK(arrived == 2);
}

TEST_CASE("a pool makes do with the threads that the system has") {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (!limit_stacks()) _exit(2);
    ThreadPool pool(64);
    if (pool.threads() == 64) _exit(3);
    std::atomic<int> calls = 0;
    pool.run(1000, [&](std::size_t, int) { ++calls; });
    _exit(calls == 1000 ? 0 : 4);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
