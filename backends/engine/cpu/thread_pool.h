// Threads that share the tasks of one stage and sleep between stages: on machines that others use
// too, a pool that spins at its barriers loses more than it gains (reference/inference.md, section
// 6).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace proctor::engine::cpu {

class ThreadPool {
 public:
  // `threads` in all, the calling one included; at least 1. Fewer, if the system has no more.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Which task, and which of the threads runs it (0 ... threads() - 1).
  using Task = std::function<void(std::size_t index, int thread)>;

  // Calls the task for 0 ... count - 1, each once, on any of the threads and in any order, and
  // returns when all have returned. Their effects are then visible to the caller. One caller at a
  // time; tasks must not call run.
  void run(std::size_t count, const Task& task);

 private:
  void work(int thread);
  void take_tasks(int thread);

  // Written by run() before `stage_` advances, and read by workers after they saw it advance.
  const Task* task_ = nullptr;
  std::size_t count_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::uint32_t> stage_ = 0;  // what workers sleep on
  std::atomic<int> busy_ = 0;             // workers that have not finished this stage
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace proctor::engine::cpu
