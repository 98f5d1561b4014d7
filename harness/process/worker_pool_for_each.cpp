#include <condition_variable>
#include <mutex>

#include "harness/process/worker_pool.h"

namespace proctor::harness {
namespace {

struct Loop {
  const std::function<void(std::size_t)>& body;
  std::size_t left;  // guarded by mutex, like `next`
  std::size_t next = 0;
  std::mutex mutex;
  std::condition_variable done;
};

void run_one(void* argument) {
  Loop& loop = *static_cast<Loop*>(argument);
  std::size_t index = 0;
  {
    const std::lock_guard lock(loop.mutex);
    index = loop.next++;
  }
  loop.body(index);
  const std::lock_guard lock(loop.mutex);
  if (--loop.left == 0) loop.done.notify_one();
}

}  // namespace

void WorkerPool::for_each(std::size_t count, const std::function<void(std::size_t)>& body) {
  Loop loop{.body = body, .left = count, .next = 0, .mutex = {}, .done = {}};
  std::unique_lock lock(loop.mutex);
  for (std::size_t i = 0; i < count; ++i) post(run_one, &loop);
  loop.done.wait(lock, [&] { return loop.left == 0; });
}

}  // namespace proctor::harness
