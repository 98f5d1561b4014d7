// The scores of a stored run by question, and with them what else there is to measure of a sample:
// all that comparing runs needs. One visit of the store, and memory by the number of questions.
#pragma once

#include <string>
#include <vector>

#include "harness/core/record.h"
#include "reports/statistics.h"
#include "reports/store.h"

namespace proctor::harness::comparison {

// A figure of samples, by question of the task. A sample counts as decided where the figure is
// known of it.
struct Measure {
  std::string name;   // "tokens a reply"
  bool share = true;  // 0 or 1 of each sample; else any number
  std::vector<reports::QuestionScores> questions;
};

struct TaskScores {
  std::vector<reports::QuestionScores> correct;  // 0 or 1 of each decided sample, by question
  std::vector<Measure> measures;                 // the same ones, in the same order, for every task
};

struct RunScores {
  reports::RunInfo info;
  RunPlan plan;
  std::vector<TaskScores> tasks;  // as in the plan
};

// Errors: not_found, corrupt, io.
Result<RunScores> load_run_scores(reports::Store& store, reports::RunId run);

}  // namespace proctor::harness::comparison
