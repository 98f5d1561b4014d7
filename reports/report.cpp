#include "reports/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/grid.h"

namespace proctor::reports {
namespace {

using nlohmann::ordered_json;

std::string percent(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.1f}", 100 * share);
}

// Errors of a percentage, with the digit more that small ones need.
std::string points(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.2f}", 100 * share);
}

std::string share_of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "-" : percent(static_cast<double>(part) / static_cast<double>(whole));
}

// Coverage is never rounded up to 100.
std::string coverage_percent(double coverage) {
  const std::string rounded = percent(coverage);
  return coverage < 1 && rounded == "100.0" ? ">99.9" : rounded;
}

bool complete(const TaskSummary& task) { return task.coverage >= 1; }

// The metric of that name over all questions of the task, as a cell; "-" if there is none.
std::string metric_cell(const TaskSummary& task, const std::string& name) {
  for (const Metric& metric : task.metrics) {
    if (metric.name != name) continue;
    if (metric.questions == task.questions) return percent(metric.value);
    return fmt::format("{} ({}/{} q)", percent(metric.value), metric.questions, task.questions);
  }
  return "-";
}

// cons@K and pass@K for the full number of repeats: the table's columns.
std::string widest(const TaskSummary& task, std::string_view kind) {
  const std::string cell = metric_cell(task, fmt::format("{}@{}", kind, task.repeats));
  return task.repeats == 1 || cell == "-" ? "-" : fmt::format("{} (K={})", cell, task.repeats);
}

Grid scores_grid(const RunReport& report) {
  Grid grid = {{"task", "questions", "pass@1", "± (questions like these)", "± (these questions)",
                "cons@K", "pass@K", "coverage", "bounds"}};
  for (const TaskSummary& task : report.tasks) {
    grid.push_back({task.task, fmt::format("{} x {}", task.questions, task.repeats),
                    percent(task.pass_1) + (complete(task) ? "" : "*"),
                    points(task.error_questions), points(task.error_samples), widest(task, "cons"),
                    widest(task, "pass"), coverage_percent(task.coverage),
                    complete(task) ? std::string("-")
                                   : fmt::format("{} .. {}", percent(task.bound_low),
                                                 percent(task.bound_high))});
  }
  return grid;
}

// A row a figure: they are many, and tasks are few.
Grid replies_grid(const RunReport& report) {
  using Cell = std::string (*)(const TaskSummary&);
  static constexpr std::pair<const char*, Cell> kRows[] = {
      {"replies", [](const TaskSummary& t) { return std::to_string(t.replies); }},
      {"cut at the token limit, %",
       [](const TaskSummary& t) { return share_of(t.length, t.replies); }},
      {"withheld by a filter, %",
       [](const TaskSummary& t) { return share_of(t.content_filter, t.replies); }},
      {"cut as a loop, %", [](const TaskSummary& t) { return share_of(t.repetition, t.replies); }},
      {"empty, %", [](const TaskSummary& t) { return share_of(t.empty, t.replies); }},
      {"thinking closed, %",
       [](const TaskSummary& t) { return share_of(t.thinking_closed, t.scored); }},
      {"thinking unclosed, %",
       [](const TaskSummary& t) { return share_of(t.thinking_unclosed, t.scored); }},
      {"thinking empty, %",
       [](const TaskSummary& t) { return share_of(t.thinking_empty, t.scored); }},
      {"thinking absent, %",
       [](const TaskSummary& t) { return share_of(t.thinking_absent, t.scored); }},
      {"no answer, %", [](const TaskSummary& t) { return share_of(t.no_answer, t.scored); }},
      {"undecided", [](const TaskSummary& t) { return std::to_string(t.undecided); }},
      {"ungraded", [](const TaskSummary& t) { return std::to_string(t.ungraded); }},
      {"failed", [](const TaskSummary& t) { return std::to_string(t.failed); }},
      {"not done",
       [](const TaskSummary& t) { return std::to_string(t.planned + t.in_flight + t.generated); }},
      {"tokens a reply",
       [](const TaskSummary& t) {
         return t.tokens_per_reply ? fmt::format("{:.0f}", *t.tokens_per_reply) : std::string("-");
       }},
      {"requests repeated",
       [](const TaskSummary& t) { return std::to_string(t.repeated_requests); }},
  };
  Grid grid = {{"samples"}};
  for (const TaskSummary& task : report.tasks) grid[0].push_back(task.task);
  for (const auto& [name, cell] : kRows) {
    grid.push_back({name});
    for (const TaskSummary& task : report.tasks) grid.back().push_back(cell(task));
  }
  return grid;
}

const Breakdown* breakdown_by(const TaskSummary& task, const std::string& attribute) {
  const auto found =
      std::find_if(task.breakdowns.begin(), task.breakdowns.end(),
                   [&](const Breakdown& breakdown) { return breakdown.attribute == attribute; });
  return found == task.breakdowns.end() ? nullptr : &*found;
}

Grid breakdown_grid(const RunReport& report, const std::string& attribute) {
  Grid grid = {{attribute, "task", "questions", "pass@1", "± (questions like these)", "coverage"}};
  for (const TaskSummary& task : report.tasks) {
    const Breakdown* breakdown = breakdown_by(task, attribute);
    if (breakdown == nullptr) continue;
    for (const Part& part : breakdown->parts) {
      grid.push_back({part.value, task.task, std::to_string(part.questions),
                      percent(part.pass_1) + (part.coverage >= 1 ? "" : "*"),
                      points(part.error_questions), coverage_percent(part.coverage)});
    }
  }
  return grid;
}

std::string headline(const RunReport& report) {
  std::string line = fmt::format("run {}: {}", report.info.id, report.model);
  if (!report.endpoint.empty()) line += " at " + report.endpoint;
  line += fmt::format(", seed {}, fingerprint {}, {} ({})", report.seed,
                      report.fingerprint.substr(0, 12), report.info.created_at,
                      name_of(report.info.status));
  return line;
}

std::string notes(const RunReport& report) {
  std::string text;
  const bool partial = !std::all_of(report.tasks.begin(), report.tasks.end(), complete);
  if (partial) {
    text +=
        "* over the samples decided so far; bounds: all the others wrong .. all the others right\n";
  }
  for (const TaskSummary& task : report.tasks) {
    if (task.cut_without_thinking > 0 && task.thinking_closed > 0) {
      text += fmt::format(
          "{}: {} replies were cut without any thinking tag while others think; if the chat "
          "template "
          "writes <think> itself, run with --think-prefilled, or drafts are graded as answers\n",
          task.task, task.cut_without_thinking);
    }
    for (const auto& [reason, count] : task.reasons) {
      text += fmt::format("{}: {} x {}\n", task.task, count, reason);
    }
  }
  return text;
}

constexpr std::string_view kPercents = "percent; ± is one standard error; tasks by protocol: ";

std::string protocols_line(const RunReport& report) {
  std::string line(kPercents);
  for (std::size_t i = 0; i < report.tasks.size(); ++i) {
    const TaskSummary& task = report.tasks[i];
    line += fmt::format("{}{} {} {}", i == 0 ? "" : ", ", task.task, task.protocol, task.grader);
  }
  return line;
}

std::string format_text(const RunReport& report, std::string (*draw)(const Grid&),
                        std::span<const std::string> by) {
  const std::string notices = notes(report);
  std::string text = headline(report) + "\n\n" + draw(scores_grid(report)) + "\n";
  for (const std::string& attribute : by) text += draw(breakdown_grid(report, attribute)) + "\n";
  return text + draw(replies_grid(report)) + "\n" + protocols_line(report) + "\n" +
         (notices.empty() ? "" : "\n" + notices);
}

ordered_json number(double value) {
  return std::isnan(value) ? ordered_json() : ordered_json(value);
}

ordered_json to_json(const TaskSummary& task) {
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
        {"repetition", task.repetition}}},
      {"thinking",
       {{"closed", task.thinking_closed},
        {"unclosed", task.thinking_unclosed},
        {"empty", task.thinking_empty},
        {"absent", task.thinking_absent},
        {"cut_without", task.cut_without_thinking}}},
      {"tokens_per_reply",
       task.tokens_per_reply ? ordered_json(*task.tokens_per_reply) : ordered_json()},
      {"repeated_requests", task.repeated_requests},
      {"reasons", reasons}};
}

std::string format_json(const RunReport& report) {
  ordered_json tasks = ordered_json::array();
  for (const TaskSummary& task : report.tasks) tasks.push_back(to_json(task));
  const ordered_json object = {{"run", report.info.id},
                               {"status", name_of(report.info.status)},
                               {"created_at", report.info.created_at},
                               {"finished_at", report.info.finished_at},
                               {"model", report.model},
                               {"endpoint", report.endpoint},
                               {"seed", report.seed},
                               {"fingerprint", report.fingerprint},
                               {"version", report.version},
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
        {"thinking_closed", task.thinking_closed},
        {"thinking_unclosed", task.thinking_unclosed},
        {"thinking_empty", task.thinking_empty},
        {"thinking_absent", task.thinking_absent}};
    for (const auto& [name, count] : kCounts) whole(name, static_cast<double>(count));
  }
  return text;
}

std::string runs_json(const std::vector<RunInfo>& runs) {
  ordered_json list = ordered_json::array();
  for (const RunInfo& run : runs) {
    list.push_back({{"run", run.id},
                    {"status", name_of(run.status)},
                    {"created_at", run.created_at},
                    {"finished_at", run.finished_at},
                    {"model", run.model},
                    {"tasks", run.tasks}});
  }
  return list.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::optional<ReportFormat> report_format_named(std::string_view name) {
  if (name == "table") return ReportFormat::table;
  if (name == "markdown") return ReportFormat::markdown;
  if (name == "csv") return ReportFormat::csv;
  if (name == "json") return ReportFormat::json;
  return std::nullopt;
}

std::string format_report(const RunReport& report, ReportFormat format,
                          std::span<const std::string> by) {
  switch (format) {
    case ReportFormat::table:
      return format_text(report, draw_table, by);
    case ReportFormat::markdown:
      return format_text(report, draw_markdown, by);
    case ReportFormat::csv:
      return format_csv(report, by);
    case ReportFormat::json:
      return format_json(report);
  }
  return {};
}

std::string format_runs(const std::vector<RunInfo>& runs, ReportFormat format) {
  if (format == ReportFormat::json) return runs_json(runs);
  Grid grid = {{"run", "status", "created", "finished", "model", "tasks"}};
  for (const RunInfo& run : runs) {
    grid.push_back({std::to_string(run.id), std::string(name_of(run.status)), run.created_at,
                    run.finished_at.empty() ? "-" : run.finished_at, run.model, run.tasks});
  }
  if (format == ReportFormat::csv) return draw_csv(grid);
  return format == ReportFormat::markdown ? draw_markdown(grid) : draw_table(grid);
}

}  // namespace proctor::reports
