// Grading the stored replies of a run again, by the graders of today.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/grading/task_run.h"
#include "reports/store.h"

namespace proctor::harness::run {

constexpr std::size_t kVerdicts = 4;  // of enum Verdict

// A reply whose verdict is another today.
struct RegradedSample {
  std::int64_t sample = 0;
  std::string question;  // its id
  std::int32_t repeat = 0;
  Verdict before = Verdict::undecided;
  Verdict after = Verdict::undecided;
  std::string extracted_before, extracted_after;
  std::string explanation_before, explanation_after;
};

struct RegradedTask {
  std::string task;
  std::string grader_before;  // that the run began with
  std::string grader_after;
  std::int64_t replies = 0;
  std::int64_t errors = 0;  // that the grader could not grade: these keep their scores
  // How many went from which verdict (row) to which, by their places in enum Verdict.
  std::array<std::array<std::int64_t, kVerdicts>, kVerdicts> moves{};
  std::vector<RegradedSample> changed;  // all whose verdict differs, in planning order

  std::int64_t correct_before() const;
  std::int64_t correct_after() const;
};

// Grades all replies of the run that have a score, on all cores, and says for each task what
// changed. With `apply` the new scores take the old ones' places, in durable groups, and the run is
// then one of these graders; without it the store is not touched. Memory is bounded but for the
// changes. Errors: those of the store.
Result<std::vector<RegradedTask>> regrade(reports::Store& store, reports::RunId run,
                                          const RunPlan& plan,
                                          const std::vector<grading::TaskRun>& task_runs,
                                          bool apply);

// The plan as it would be made today: the same, with the graders of `task_runs` in its protocols
// and its fingerprint. Errors: corrupt.
Result<RunPlan> plan_with_graders(const RunPlan& plan,
                                  const std::vector<grading::TaskRun>& task_runs);

}  // namespace proctor::harness::run
