#include "harness/process/worker_pool.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#ifdef PROCTOR_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace proctor::harness {
namespace {

// What libtbb's queue does and the sanitizer cannot see: whoever takes a job sees all that its
// poster did before.
void announce_handover([[maybe_unused]] void* argument) {
#ifdef PROCTOR_THREAD_SANITIZER
  __tsan_release(argument);
#endif
}

void announce_takeover([[maybe_unused]] void* argument) {
#ifdef PROCTOR_THREAD_SANITIZER
  __tsan_acquire(argument);
#endif
}

}  // namespace

namespace tbb = oneapi::tbb;

struct WorkerPool::Arena {
  // TBB counts the thread that waits inside an arena as one of its workers. Nobody waits in ours.
  tbb::global_control limit{tbb::global_control::max_allowed_parallelism,
                            static_cast<std::size_t>(tbb::this_task_arena::max_concurrency()) + 1};
  tbb::task_arena arena{tbb::task_arena::automatic, /*reserved_for_masters=*/0};
};

WorkerPool::WorkerPool() : arena_(std::make_unique<Arena>()) { arena_->arena.initialize(); }
WorkerPool::~WorkerPool() = default;

void WorkerPool::post(void (*job)(void*), void* argument) {
  announce_handover(argument);
  arena_->arena.enqueue([job, argument] {
    announce_takeover(argument);
    job(argument);
  });
}

std::size_t WorkerPool::workers() const {
  return static_cast<std::size_t>(arena_->arena.max_concurrency());
}

}  // namespace proctor::harness
