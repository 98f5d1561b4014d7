// A stored run on its way to somebody else: its samples one after the other, each with the question
// and the prompt as that repeat was asked it, and with the texts of gated tasks withheld.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "reports/exchange/lm_eval_write.h"
#include "reports/store.h"
#include "tasks/task.h"

namespace proctor::harness::exchange {

// Which texts may leave.
enum class Disclosure {
  usual,    // all but those of gated tasks
  redact,   // none
  disclose  // all: the file is as private as the store
};

class OutgoingRun {
 public:
  // Errors: not_found, corrupt.
  static Result<OutgoingRun> open(reports::Store& store, reports::RunId run, Disclosure disclosure);

  const reports::RunInfo& info() const { return info_; }
  // As it may leave: the questions of withheld tasks are.
  const RunPlan& plan() const { return plan_; }
  bool withholds(std::size_t task) const { return tasks_[task].withheld; }
  bool withholds_any() const;
  // The task's recipe, unless it is not one of ours (an imported run's).
  const std::optional<tasks::Protocol>& protocol(std::size_t task) const {
    return tasks_[task].protocol;
  }

  // The question as that repeat is asked it, and the prompt that puts it.
  Question asked(std::size_t task, std::size_t question, int repeat) const;
  reports::exchange::Asking asking(std::size_t task, std::size_t question, int repeat) const;

  // Visits the samples in planning order, as they may leave. Errors: also the visitor's.
  Result<void> visit(
      const std::function<Result<void>(const reports::SampleRecord& record)>& visitor) const;
  // Where they are: their ids, by place.
  Result<std::vector<PlannedSample>> grid() const { return store_.samples(info_.id); }
  // One of them.
  Result<reports::SampleRecord> sample(std::int64_t id) const;

 private:
  struct Task {
    std::optional<tasks::Protocol> protocol;
    bool withheld = false;
    std::vector<Question> questions;  // with their texts
  };

  explicit OutgoingRun(reports::Store& store) : store_(store) {}
  reports::SampleRecord as_it_may_leave(reports::SampleRecord record) const;

  reports::Store& store_;
  reports::RunInfo info_;
  RunPlan plan_;
  std::vector<Task> tasks_;
};

}  // namespace proctor::harness::exchange
