#include "reports/comparison_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace proctor::reports {
namespace {

using nlohmann::ordered_json;

ordered_json number(double value) {
  return std::isnan(value) ? ordered_json() : ordered_json(value);
}

ordered_json count(const std::optional<int>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json to_json(const Interval& interval) {
  return {number(interval.low), number(interval.high)};
}

ordered_json to_json(const ComparedRuns& runs) {
  return {{"runs", runs.runs},
          {"store", runs.store},
          {"model", runs.model},
          {"created_at", runs.created_at},
          {"fingerprint", runs.fingerprint}};
}

ordered_json to_json(const std::vector<Flip>& flips) {
  ordered_json list = ordered_json::array();
  for (const Flip& flip : flips) {
    list.push_back({{"question", flip.question}, {"base", flip.base}, {"next", flip.next}});
  }
  return list;
}

ordered_json slices_json(const TaskComparison& task) {
  ordered_json slices = ordered_json::object();
  for (const SliceChange& slice : task.slices) {
    slices[slice.name] = {{"questions", slice.questions},
                          {"base", slice.base},
                          {"next", slice.next},
                          {"difference", slice.difference},
                          {"standard_error_these_questions", number(slice.error)},
                          {"p", slice.p},
                          {"p_benjamini_hochberg", slice.adjusted}};
  }
  return slices;
}

ordered_json drifts_json(const TaskComparison& task) {
  ordered_json drifts = ordered_json::object();
  for (const Drift& drift : task.drifts) {
    drifts[drift.name] = {{"base", number(drift.base)},
                          {"next", number(drift.next)},
                          {"difference", number(drift.difference)},
                          {"standard_error_these_questions", number(drift.error)},
                          {"p", number(drift.p)},
                          {"p_benjamini_hochberg", number(drift.adjusted)}};
  }
  return drifts;
}

ordered_json these_questions_json(const TaskComparison& task) {
  return {{"standard_error", number(task.gate_error)},
          {"conditional_error", number(task.paired.conditional_error)},
          {"pooled_error", number(task.paired.pooled_error)},
          {"limits_at_alpha", to_json(task.limits)},
          {"p_drop", task.labels.drop},
          {"p_rise", task.labels.rise},
          {"p_drop_holm", number(task.drop_adjusted)},
          {"p_rise_holm", number(task.rise_adjusted)},
          {"permutation", describe(task.labels.draws)}};
}

ordered_json like_these_json(const TaskComparison& task) {
  ordered_json mcnemar;
  if (task.mcnemar) {
    mcnemar = {{"lost", task.mcnemar->lost}, {"won", task.mcnemar->won}, {"p", task.mcnemar->p}};
  }
  return {{"paired_error", number(task.paired.paired_error)},
          {"unpaired_error", number(task.paired.unpaired_error)},
          {"correlation", number(task.paired.correlation)},
          {"change_variance", number(task.paired.change_variance)},
          {"interval_95_student", to_json(task.paired_limits)},
          {"interval_95_bootstrap", to_json(task.bootstrap_limits)},
          {"p_sign_flip", task.sign_flip.p},
          {"sign_flip", describe(task.sign_flip.draws)},
          {"mcnemar", mcnemar}};
}

ordered_json to_json(const TaskComparison& task) {
  ordered_json object = {{"task", task.task},
                         {"verdict", name_of(task.verdict)},
                         {"reason", task.reason},
                         {"questions", task.paired.questions},
                         {"only_in_base", task.only_in_base},
                         {"only_in_next", task.only_in_next},
                         {"coverage", {task.base_coverage, task.next_coverage}},
                         {"bounds_of_difference", to_json(task.bounds)},
                         {"margin", task.margin}};
  if (task.paired.questions > 0) {
    object["samples_per_question"] = {task.paired.base_samples, task.paired.next_samples};
    object["base"] = number(task.paired.base);
    object["next"] = number(task.paired.next);
    object["difference"] = number(task.paired.difference);
    object["these_questions"] = these_questions_json(task);
    object["questions_like_these"] = like_these_json(task);
    object["minimum_detectable_drop"] = number(task.detectable);
    object["samples_to_decide"] = count(task.samples_to_decide);
    object["samples_to_decide_questions_like_these"] = count(task.samples_to_decide_like_these);
    object["flips"] = {{"lost", to_json(task.lost)}, {"won", to_json(task.won)}};
  }
  object["slices"] = slices_json(task);
  object["drift"] = drifts_json(task);
  return object;
}

}  // namespace

std::string comparison_json(const ComparisonReport& report) {
  ordered_json tasks = ordered_json::array();
  for (const TaskComparison& task : report.tasks) tasks.push_back(to_json(task));
  const ordered_json object = {{"verdict", name_of(overall(report))},
                               {"base", to_json(report.base)},
                               {"next", to_json(report.next)},
                               {"alpha", report.options.alpha},
                               {"alpha_origin", report.alpha_origin},
                               {"power", report.options.power},
                               {"coverage_gate", report.options.coverage_gate},
                               {"differences", report.differences},
                               {"warnings", report.warnings},
                               {"tasks", tasks}};
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace proctor::reports
