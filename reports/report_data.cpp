// The report as programs read it.
#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/report_parts.h"

namespace proctor::reports {
namespace {

using nlohmann::ordered_json;

ordered_json number(double value) {
  return std::isnan(value) ? ordered_json() : ordered_json(value);
}

ordered_json number(const std::optional<double>& value) {
  return value ? number(*value) : ordered_json();
}

double per(double sum, std::int64_t among) {
  return among == 0 ? std::nan("") : sum / static_cast<double>(among);
}

ordered_json cost_json(const TaskSummary& task) {
  return {{"usd", task.cost->usd},
          {"replies", task.cost->replies},
          {"usd_per_question", number(per(task.cost->usd, task.questions))},
          {"usd_per_correct", number(per(task.cost->usd, task.correct))}};
}

ordered_json to_json(const Share& share) { return {{"part", share.part}, {"of", share.of}}; }

ordered_json to_json(const RatingSummary& rating) {
  return {{"method", rating.method},
          {"label", rating.label},
          {"rating", number(rating.rating)},
          {"standard_error_contests", number(rating.error)},
          {"interval_95", {number(rating.interval_low), number(rating.interval_high)}},
          {"percentile", number(rating.percentile)},
          {"percentile_of", rating.percentile_of},
          {"contests", rating.contests},
          {"at_cap", rating.at_cap}};
}

ordered_json to_json(const TaskSummary& task) {
  ordered_json budgets = ordered_json::array();
  for (const BudgetPoint& point : task.budgets) {
    budgets.push_back({{"tokens", point.tokens},
                       {"pass@1", number(point.pass_1)},
                       {"standard_error_questions_like_these", number(point.error_questions)}});
  }
  ordered_json metrics = ordered_json::object();
  for (const Metric& metric : task.metrics) {
    metrics[metric.name] = {{"value", number(metric.value)}, {"questions", metric.questions}};
  }
  ordered_json breakdowns = ordered_json::object();
  for (const Breakdown& breakdown : task.breakdowns) {
    ordered_json& parts = breakdowns[breakdown.attribute] = ordered_json::object();
    for (const Part& part : breakdown.parts) {
      parts[part.value] = {{"questions", part.questions},
                           {"samples", part.samples},
                           {"pass@1", number(part.pass_1)},
                           {"standard_error_questions_like_these", number(part.error_questions)},
                           {"coverage", number(part.coverage)}};
    }
  }
  ordered_json reasons = ordered_json::object();
  for (const auto& [reason, count] : task.reasons) reasons[reason] = count;
  return {
      {"task", task.task},
      {"protocol", task.protocol},
      {"grader", task.grader},
      {"questions", task.questions},
      {"repeats", task.repeats},
      {"pass@1", number(task.pass_1)},
      {"standard_error_questions_like_these", number(task.error_questions)},
      {"standard_error_these_questions", number(task.error_samples)},
      {"interval_95_questions_like_these", {number(task.interval_low), number(task.interval_high)}},
      {"coverage", number(task.coverage)},
      {"bounds", {number(task.bound_low), number(task.bound_high)}},
      {"metrics", metrics},
      {"by", breakdowns},
      {"states",
       {{"planned", task.planned},
        {"in_flight", task.in_flight},
        {"generated", task.generated},
        {"scored", task.scored},
        {"ungraded", task.ungraded},
        {"failed", task.failed}}},
      {"verdicts",
       {{"correct", task.correct},
        {"wrong", task.wrong},
        {"no_answer", task.no_answer},
        {"undecided", task.undecided}}},
      {"replies", task.replies},
      {"finish",
       {{"stop", task.stop},
        {"length", task.length},
        {"content_filter", task.content_filter},
        {"empty", task.empty},
        {"repetition", task.repetition},
        {"unknown", task.unknown_finish}}},
      {"thinking",
       {{"closed", task.thinking_closed},
        {"unclosed", task.thinking_unclosed},
        {"empty", task.thinking_empty},
        {"absent", task.thinking_absent},
        {"cut_without", task.cut_without_thinking}}},
      {"tokens_per_reply", number(task.tokens_per_reply)},
      {"tokens_per_question", number(task.tokens_per_question)},
      {"tokens_per_correct", number(task.tokens_per_correct)},
      {"correct_of_finished", to_json(task.correct_finished)},
      {"correct_of_cut", to_json(task.correct_cut)},
      {"loops", to_json(task.loops)},
      {"mixes_scripts", to_json(task.mixes_scripts)},
      {"duplicates", to_json(task.duplicates)},
      {"pass@1_at_tokens", budgets},
      {"replies_from_cache", task.from_cache},
      {"cost", task.cost ? cost_json(task) : ordered_json()},
      {"rating", task.rating ? to_json(*task.rating) : ordered_json()},
      {"repeated_requests", task.repeated_requests},
      {"reasons", reasons}};
}

}  // namespace

std::string format_json(const RunReport& report) {
  ordered_json tasks = ordered_json::array();
  for (const TaskSummary& task : report.tasks) tasks.push_back(to_json(task));
  const std::optional<Cost> cost = total_cost(report);
  const ordered_json object = {{"run", report.info.id},
                               {"status", name_of(report.info.status)},
                               {"created_at", report.info.created_at},
                               {"finished_at", report.info.finished_at},
                               {"model", report.model},
                               {"endpoint", report.endpoint},
                               {"seed", report.seed},
                               {"fingerprint", report.fingerprint},
                               {"version", report.version},
                               {"cost_usd", cost ? ordered_json(cost->usd) : ordered_json()},
                               {"canary_remarks", report.canary_remarks},
                               {"tasks", tasks}};
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// One figure a row, so that a metric more is no column more.
std::string format_csv(const RunReport& report, std::span<const std::string> by) {
  std::string text = "run,model,task,protocol,metric,value,questions,samples\n";
  const auto row = [&](const TaskSummary& task, const std::string& metric, double value,
                       std::int64_t questions, std::int64_t samples) {
    text += fmt::format("{},{},{},{},{},{},{},{}\n", report.info.id, csv_cell(report.model),
                        csv_cell(task.task), csv_cell(task.protocol), csv_cell(metric),
                        std::isnan(value) ? std::string() : fmt::format("{}", value), questions,
                        samples);
  };
  for (const TaskSummary& task : report.tasks) {
    const std::int64_t decided = task.correct + task.wrong + task.no_answer;
    const auto whole = [&](const std::string& metric, double value) {
      row(task, metric, value, task.questions, decided);
    };
    whole("pass@1", task.pass_1);
    whole("standard_error_questions_like_these", task.error_questions);
    whole("standard_error_these_questions", task.error_samples);
    whole("interval_95_low", task.interval_low);
    whole("interval_95_high", task.interval_high);
    for (const Metric& metric : task.metrics)
      row(task, metric.name, metric.value, metric.questions, decided);
    for (const std::string& attribute : by) {
      const Breakdown* breakdown = breakdown_by(task, attribute);
      if (breakdown == nullptr) continue;
      for (const Part& part : breakdown->parts) {
        row(task, fmt::format("pass@1 ({} {})", attribute, part.value), part.pass_1, part.questions,
            part.samples);
      }
    }
    for (const BudgetPoint& point : task.budgets) {
      whole(fmt::format("pass@1 ({} tokens)", point.tokens), point.pass_1);
    }
    if (task.rating) {
      whole(fmt::format("rating ({})", task.rating->method), task.rating->rating);
      whole(fmt::format("rating_standard_error_contests ({})", task.rating->method),
            task.rating->error);
    }
    if (task.cost) {
      whole("cost_usd", task.cost->usd);
      whole("cost_usd_per_question", per(task.cost->usd, task.questions));
      whole("cost_usd_per_correct", per(task.cost->usd, task.correct));
    }
    whole("replies_from_cache", static_cast<double>(task.from_cache));
    whole("coverage", task.coverage);
    whole("bound_low", task.bound_low);
    whole("bound_high", task.bound_high);
    const std::pair<const char*, std::int64_t> kCounts[] = {
        {"correct", task.correct},
        {"wrong", task.wrong},
        {"no_answer", task.no_answer},
        {"undecided", task.undecided},
        {"ungraded", task.ungraded},
        {"failed", task.failed},
        {"finish_length", task.length},
        {"finish_empty", task.empty},
        {"loops", task.loops.part},
        {"mixes_scripts", task.mixes_scripts.part},
        {"duplicates", task.duplicates.part},
        {"thinking_closed", task.thinking_closed},
        {"thinking_unclosed", task.thinking_unclosed},
        {"thinking_empty", task.thinking_empty},
        {"thinking_absent", task.thinking_absent}};
    for (const auto& [name, count] : kCounts) whole(name, static_cast<double>(count));
  }
  return text;
}

}  // namespace proctor::reports
