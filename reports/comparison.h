// Two runs compared task by task: what changed, by both yardsticks, and what to make of it. Pure.
//
// The verdict is about these questions: did next's checkpoint, server or quantisation answer the
// same questions worse? Only sampling noise counts for it. What it would mean for other questions
// is shown beside it and does not decide.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/paired.h"
#include "reports/permutation.h"
#include "reports/power.h"

namespace proctor::reports {

enum class ChangeVerdict {
  pass,          // any drop is smaller than the margin
  regression,    // a significant drop of the margin or more
  improved,      // a significant rise of the margin or more
  inconclusive,  // neither can be said; never the same as pass
};
std::string_view name_of(ChangeVerdict verdict);  // "PASS", "REGRESSION", ...

struct ComparisonOptions {
  // The chance that a comparison without any change calls some task a regression; Holm's method
  // shares it out over the tasks.
  double alpha = 0.05;
  double power = 0.8;                       // of the drops and sample counts that are printed
  double margin = 0.02;                     // the smallest drop that matters; shares, not points
  std::map<std::string, double> margins{};  // instead, for these tasks
  double coverage_gate = 0.995;             // with a smaller share decided no verdict is given

  double margin_of(const std::string& task) const;
};

// One figure of every question in both runs, the same question at the same place.
struct MeasurePair {
  std::string name;   // "tokens a reply"
  bool share = true;  // of samples; else a number with its unit in the name
  std::vector<QuestionScores> base{};
  std::vector<QuestionScores> next{};
};

// Questions of a task that have something in common, to be looked at by themselves.
struct Slice {
  std::string name;                      // "difficulty: hard"
  std::vector<std::size_t> questions{};  // places in the task's
};

// One task of both runs.
struct TaskPair {
  std::string task;
  std::vector<std::string> questions{};  // ids of those that both runs ask
  std::vector<QuestionScores> base{};    // correct samples of each, 0 or 1
  std::vector<QuestionScores> next{};
  int only_in_base = 0;  // questions that the other run does not ask
  int only_in_next = 0;
  std::vector<MeasurePair> measures{};  // what often moves before accuracy does
  std::vector<Slice> slices{};
};

// A question that moved from 0.8 or more to 0.2 or less, or back.
struct Flip {
  std::string question;
  double base = 0;
  double next = 0;
};

// How a measure moved, by the error of these questions.
struct Drift {
  std::string name;
  bool share = true;
  double base = 0;
  double next = 0;
  double difference = 0;
  double error = 0;
  double p = 0;         // two-sided, normal
  double adjusted = 0;  // Benjamini and Hochberg over all drifts of the comparison
};

// How a slice moved on its questions. For exploring: no verdict follows from it.
struct SliceChange {
  std::string name;
  int questions = 0;
  double base = 0;
  double next = 0;
  double difference = 0;
  double error = 0;     // these questions
  double p = 1;         // two-sided, by dealing out the labels
  double adjusted = 1;  // Benjamini and Hochberg over all slices of the comparison
};

struct TaskComparison {
  std::string task;
  PairedDifference paired{};
  int only_in_base = 0;
  int only_in_next = 0;
  double base_coverage = 0;
  double next_coverage = 0;
  Interval bounds{};  // of the difference, whatever the missing samples would have been

  // These questions.
  double gate_error = 0;  // conditional, or pooled where that is unknown; with the least noise
  bool pooled = false;    // which of the two
  Interval limits{};      // of the difference, each end one-sided at alpha
  LabelPermutation labels{};
  double drop_adjusted = 1;  // labels.drop and .rise by Holm over the tasks
  double rise_adjusted = 1;
  // Questions like these.
  Interval paired_limits{};     // 95 %: Student's t on the paired error
  Interval bootstrap_limits{};  // 95 %
  SignFlip sign_flip{};
  struct McNemar {
    int lost = 0;
    int won = 0;
    double p = 1;
  };
  std::optional<McNemar> mcnemar{};  // where each run has a sample of each question

  double margin = 0;
  double detectable = 0;  // the drop that is called a regression with the power asked for; or NaN
  // The samples of each question, in both runs, that would tell an unchanged model from one that
  // fell by the margin: on these questions, and on questions like these. Nothing if no number does.
  std::optional<int> samples_to_decide{};
  std::optional<int> samples_to_decide_like_these{};

  std::vector<Flip> lost{};
  std::vector<Flip> won{};
  std::vector<Drift> drifts{};
  std::vector<SliceChange> slices{};

  ChangeVerdict verdict = ChangeVerdict::inconclusive;
  std::string reason;       // why, in a sentence without a full stop
  bool incomplete = false;  // coverage below the gate: more samples first
};

// Compares all tasks; Holm and the adjustments of drifts and slices run over them. A pair without
// any common question that is decided in both runs is incomplete.
std::vector<TaskComparison> compare_tasks(std::span<const TaskPair> tasks,
                                          const ComparisonOptions& options);

}  // namespace proctor::reports
