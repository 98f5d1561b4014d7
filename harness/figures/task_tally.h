// One task of a run, tallied from its samples: every figure of its summary.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graders/metrics.h"
#include "harness/core/record.h"
#include "harness/figures/budget_tally.h"
#include "harness/figures/reply_tally.h"
#include "harness/spending/prices.h"
#include "reports/report.h"
#include "reports/store.h"

namespace proctor::harness::figures {

class TaskTally {
 public:
  // The plan must outlive the tally.
  TaskTally(const TaskPlan& plan, std::optional<spending::Price> price);

  // Takes each sample of the task, in planning order.
  void take(const reports::SampleResult& result);

  // The summary; the tally is then spent. Errors: corrupt, for an attachment that cannot be read.
  Result<reports::TaskSummary> finish();

 private:
  // What is kept of a question while the samples pass by: enough for every metric.
  struct QuestionTally {
    int decided = 0;
    int correct = 0;
    // One vote a decided sample; canonical answers are short.
    std::vector<std::pair<std::string, bool>> votes;
    graders::Ballot ballot;  // of these, once all are in
  };

  void take_state(const reports::SampleResult& result);
  void take_score(const reports::SampleResult& result);
  void add_reason(std::string_view state, const std::string& why);
  void count_votes();
  void add_metrics();
  reports::Metric mean_over_questions(
      std::string name, const std::function<double(const QuestionTally&)>& value) const;

  const TaskPlan& plan_;
  reports::TaskSummary summary_;
  ReplyTally replies_;
  BudgetTally budgets_;
  std::vector<QuestionTally> questions_;
  // By question and repeat, for ratings; what is not decided is unset.
  std::vector<std::vector<std::optional<bool>>> attempts_;
  bool votes_ = true;  // whether answers can agree
};

}  // namespace proctor::harness::figures
