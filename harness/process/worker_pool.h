// oneTBB's workers, one a core.
//
// The thread sanitizer cannot look into libtbb and takes its queues for races. So only
// worker_pool.cpp sees TBB's headers; it is built without the sanitizer (CMakeLists.txt here)
// and tells it by hand what a handed-over job has seen. All else is checked as usual.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace proctor::harness {

class WorkerPool {
 public:
  WorkerPool();
  // All posted jobs must have run.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Calls job(argument) on a worker, soon; it sees what the caller did before. Any thread; never
  // blocks.
  void post(void (*job)(void*), void* argument);

  std::size_t workers() const;

  // Calls body(0) … body(count - 1) on the workers, in any order, and waits for all. The bodies see
  // what the caller wrote before, and the caller what they wrote. Not from within a job.
  void for_each(std::size_t count, const std::function<void(std::size_t)>& body);

 private:
  struct Arena;
  std::unique_ptr<Arena> arena_;
};

}  // namespace proctor::harness
