// Grades replies on TBB workers, off the path of requests, and hands the scores to the writer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

#include "harness/core/record.h"
#include "harness/grading/task_run.h"
#include "harness/process/worker_pool.h"
#include "harness/run/store_writer.h"

namespace proctor::harness::run {

class Grading {
 public:
  // `task_runs` has one entry for each task of the plan. All must outlive the object.
  Grading(const RunPlan& plan, const std::vector<grading::TaskRun>& task_runs, StoreWriter& writer);
  ~Grading();

  // Takes replies that are on the disk; each gets a SampleExamined, and a SampleScored or, if its
  // grader fails, a SampleUngraded. Any thread; never blocks.
  void submit(std::vector<reports::StoredReply> replies);

  // Bytes of replies that wait or are being graded.
  std::size_t backlog_bytes() const { return backlog_bytes_.load(); }

  // Waits until all submitted replies are graded and their scores pushed.
  void wait();

 private:
  void grade_next();
  void examine_and_grade(const reports::StoredReply& reply);
  reports::Change grade(const Question& question, const reports::StoredReply& reply) const;

  const RunPlan& plan_;
  const std::vector<grading::TaskRun>& task_runs_;
  StoreWriter& writer_;
  std::atomic<std::size_t> backlog_bytes_ = 0;

  std::mutex mutex_;  // guards both below
  std::vector<std::vector<reports::StoredReply>> waiting_;
  std::size_t unfinished_ = 0;
  std::condition_variable finished_;

  WorkerPool workers_;  // last: its jobs use all of the above
};

}  // namespace proctor::harness::run
