#include "reports/comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/core/check.h"
#include "reports/hypothesis.h"

namespace proctor::reports {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kSolved = 0.8;     // from here on a question counts as one the model can do,
constexpr double kUnsolved = 0.2;   // and up to here as one that it cannot
constexpr double kRounding = 1e-9;  // 0.68 - 0.7 is a drop by 0.02, whatever doubles say

double mean_of(const QuestionScores& question) { return question.sum / question.decided; }

bool decided_in_both(const TaskPair& pair, std::size_t question) {
  return pair.base[question].decided > 0 && pair.next[question].decided > 0;
}

std::vector<double> differences_of(const TaskPair& pair) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < pair.base.size(); ++i) {
    if (!decided_in_both(pair, i)) continue;
    differences.push_back(mean_of(pair.next[i]) - mean_of(pair.base[i]));
  }
  return differences;
}

// What the smallest noise estimate is raised by: a run of which every sample of a question agrees
// has shown no noise, but is not free of it. One false sample in each run, as Agresti and Caffo
// (2000) add one success and one failure to each group.
double with_least_noise(double error, const PairedDifference& paired) {
  const double base = 1 / (paired.base_samples * paired.questions);
  const double next = 1 / (paired.next_samples * paired.questions);
  return std::sqrt(error * error + base * base + next * next);
}

// The error of these questions: from each run's own noise where it is known, else from both runs'.
double error_of(const PairedDifference& paired) {
  return with_least_noise(
      std::isnan(paired.conditional_error) ? paired.pooled_error : paired.conditional_error,
      paired);
}

void add_these_questions(const TaskPair& pair, const ComparisonOptions& options,
                         TaskComparison& result) {
  const PairedDifference& paired = result.paired;
  result.pooled = std::isnan(paired.conditional_error);
  result.gate_error = error_of(paired);
  const double reach = -normal_quantile(options.alpha) * result.gate_error;
  result.limits = {paired.difference - reach, paired.difference + reach};
  result.labels = permute_labels(pair.base, pair.next);
}

std::optional<TaskComparison::McNemar> mcnemar_of(const TaskPair& pair) {
  TaskComparison::McNemar test;
  for (std::size_t i = 0; i < pair.base.size(); ++i) {
    if (pair.base[i].decided > 1 || pair.next[i].decided > 1) return std::nullopt;
    if (!decided_in_both(pair, i)) continue;
    test.lost += pair.base[i].sum > pair.next[i].sum ? 1 : 0;
    test.won += pair.base[i].sum < pair.next[i].sum ? 1 : 0;
  }
  test.p = mcnemar_exact(test.lost, test.won);
  return test;
}

void add_questions_like_these(const TaskPair& pair, TaskComparison& result) {
  const std::vector<double> differences = differences_of(pair);
  const PairedDifference& paired = result.paired;
  result.paired_limits = t_interval(paired.difference, paired.paired_error, paired.questions);
  result.bootstrap_limits = bootstrap_interval(differences);
  result.sign_flip = sign_flip_test(differences);
  result.mcnemar = mcnemar_of(pair);
}

void add_power(const ComparisonOptions& options, std::size_t tasks, TaskComparison& result) {
  // Holm asks the most of a task that regresses alone: its share of alpha is one task's.
  const Aims aims{options.alpha / static_cast<double>(tasks), options.power};
  const PairedDifference& paired = result.paired;
  result.detectable = detectable_drop(paired, aims, result.margin);
  if (result.margin <= 0) return;  // no number of samples excludes every drop
  const double noise = paired.base_noise + paired.next_noise;
  result.samples_to_decide = samples_to_see(result.margin, paired.questions, noise, 0, aims);
  result.samples_to_decide_like_these =
      samples_to_see(result.margin, paired.questions, noise, paired.change_variance, aims);
}

void add_flips(const TaskPair& pair, TaskComparison& result) {
  for (std::size_t i = 0; i < pair.base.size(); ++i) {
    if (!decided_in_both(pair, i)) continue;
    const Flip flip{pair.questions[i], mean_of(pair.base[i]), mean_of(pair.next[i])};
    if (flip.base >= kSolved && flip.next <= kUnsolved) result.lost.push_back(flip);
    if (flip.base <= kUnsolved && flip.next >= kSolved) result.won.push_back(flip);
  }
}

void add_drifts(const TaskPair& pair, TaskComparison& result) {
  for (const MeasurePair& measure : pair.measures) {
    const PairedDifference moved = paired_difference(measure.base, measure.next);
    if (moved.questions == 0) continue;  // nobody measured it
    const double error = error_of(moved);
    const double p = 2 * normal_upper_tail(std::fabs(moved.difference) / error);
    result.drifts.push_back(
        {measure.name, measure.share, moved.base, moved.next, moved.difference, error, p, 1});
  }
}

void add_slices(const TaskPair& pair, TaskComparison& result) {
  for (const Slice& slice : pair.slices) {
    std::vector<QuestionScores> base;
    std::vector<QuestionScores> next;
    for (const std::size_t question : slice.questions) {
      base.push_back(pair.base.at(question));
      next.push_back(pair.next.at(question));
    }
    const PairedDifference moved = paired_difference(base, next);
    if (moved.questions == 0) continue;
    const LabelPermutation labels = permute_labels(base, next);
    result.slices.push_back({slice.name, moved.questions, moved.base, moved.next, moved.difference,
                             error_of(moved), std::min(1.0, 2 * std::min(labels.drop, labels.rise)),
                             1});
  }
}

TaskComparison compare_task(const TaskPair& pair, const ComparisonOptions& options,
                            std::size_t tasks) {
  check(pair.base.size() == pair.questions.size() && pair.next.size() == pair.questions.size());
  TaskComparison result;
  result.task = pair.task;
  result.only_in_base = pair.only_in_base;
  result.only_in_next = pair.only_in_next;
  result.margin = options.margin_of(pair.task);
  result.paired = paired_difference(pair.base, pair.next);
  result.base_coverage = coverage(pair.base);
  result.next_coverage = coverage(pair.next);
  const Interval base = coverage_bounds(pair.base);
  const Interval next = coverage_bounds(pair.next);
  result.bounds = {next.low - base.high, next.high - base.low};
  result.incomplete = result.paired.questions == 0 ||
                      std::min(result.base_coverage, result.next_coverage) < options.coverage_gate;
  add_drifts(pair, result);
  if (result.paired.questions == 0) return result;
  add_these_questions(pair, options, result);
  add_questions_like_these(pair, result);
  add_power(options, tasks, result);
  add_flips(pair, result);
  add_slices(pair, result);
  return result;
}

std::string points(double share) { return fmt::format("{:.2f}", 100 * share); }

void decide(const ComparisonOptions& options, TaskComparison& task) {
  const double difference = task.paired.difference;
  if (task.paired.questions == 0) {
    task.reason = "no question is decided in both runs";
  } else if (task.incomplete) {
    task.reason = fmt::format("samples are missing: {:.1f} % and {:.1f} % decided",
                              100 * task.base_coverage, 100 * task.next_coverage);
  } else if (task.drop_adjusted <= options.alpha && difference <= -task.margin + kRounding) {
    task.verdict = ChangeVerdict::regression;
    task.reason = fmt::format("a drop of {} points, p = {:.2g} after Holm", points(-difference),
                              task.drop_adjusted);
  } else if (task.rise_adjusted <= options.alpha && difference >= task.margin - kRounding) {
    task.verdict = ChangeVerdict::improved;
    task.reason = fmt::format("a rise of {} points, p = {:.2g} after Holm", points(difference),
                              task.rise_adjusted);
  } else if (task.limits.low > -task.margin) {
    task.verdict = ChangeVerdict::pass;
    task.reason = fmt::format("any drop is below {} points: the margin is {}",
                              points(std::max(0.0, -task.limits.low)), points(task.margin));
  } else {
    task.reason = fmt::format("a drop of {} points cannot be excluded: the margin is {}",
                              points(-task.limits.low), points(task.margin));
  }
}

}  // namespace

std::string_view name_of(ChangeVerdict verdict) {
  switch (verdict) {
    case ChangeVerdict::pass:
      return "PASS";
    case ChangeVerdict::regression:
      return "REGRESSION";
    case ChangeVerdict::improved:
      return "IMPROVED";
    case ChangeVerdict::inconclusive:
      return "INCONCLUSIVE";
  }
  return {};
}

double ComparisonOptions::margin_of(const std::string& task) const {
  const auto found = margins.find(task);
  return found == margins.end() ? margin : found->second;
}

std::vector<TaskComparison> compare_tasks(std::span<const TaskPair> tasks,
                                          const ComparisonOptions& options) {
  std::vector<TaskComparison> results;
  std::vector<double> drops;
  std::vector<double> rises;
  std::vector<double> drifts;
  std::vector<double> slices;
  for (const TaskPair& pair : tasks) {
    results.push_back(compare_task(pair, options, tasks.size()));
    const TaskComparison& result = results.back();
    drops.push_back(result.incomplete ? kUnknown : result.labels.drop);
    rises.push_back(result.incomplete ? kUnknown : result.labels.rise);
    for (const Drift& drift : result.drifts) drifts.push_back(drift.p);
    for (const SliceChange& slice : result.slices) slices.push_back(slice.p);
  }
  const std::vector<double> drops_adjusted = holm(drops);
  const std::vector<double> rises_adjusted = holm(rises);
  const std::vector<double> drifts_adjusted = benjamini_hochberg(drifts);
  const std::vector<double> slices_adjusted = benjamini_hochberg(slices);
  auto next_drift = drifts_adjusted.begin();
  auto next_slice = slices_adjusted.begin();
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].drop_adjusted = drops_adjusted[i];
    results[i].rise_adjusted = rises_adjusted[i];
    for (Drift& drift : results[i].drifts) drift.adjusted = *next_drift++;
    for (SliceChange& slice : results[i].slices) slice.adjusted = *next_slice++;
    decide(options, results[i]);
  }
  return results;
}

}  // namespace proctor::reports
