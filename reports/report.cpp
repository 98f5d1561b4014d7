#include "reports/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/grid.h"
#include "reports/report_parts.h"

namespace proctor::reports {
namespace {

using nlohmann::ordered_json;

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

const Breakdown* breakdown_by(const TaskSummary& task, const std::string& attribute) {
  const auto found =
      std::find_if(task.breakdowns.begin(), task.breakdowns.end(),
                   [&](const Breakdown& breakdown) { return breakdown.attribute == attribute; });
  return found == task.breakdowns.end() ? nullptr : &*found;
}

std::optional<ReportFormat> report_format_named(std::string_view name) {
  if (name == "table") return ReportFormat::table;
  if (name == "markdown") return ReportFormat::markdown;
  if (name == "csv") return ReportFormat::csv;
  if (name == "json") return ReportFormat::json;
  if (name == "latex") return ReportFormat::latex;
  if (name == "junit") return ReportFormat::junit;
  return std::nullopt;
}

std::optional<Cost> total_cost(const RunReport& report) {
  std::optional<Cost> total;
  for (const TaskSummary& task : report.tasks) {
    if (!task.cost) continue;
    if (!total) total.emplace();
    total->usd += task.cost->usd;
    total->replies += task.cost->replies;
  }
  return total;
}

std::string format_report(const RunReport& report, ReportFormat format,
                          std::span<const std::string> by) {
  switch (format) {
    case ReportFormat::table:
      return format_text(report, {draw_table, ""}, by);
    case ReportFormat::markdown:
      return format_text(report, {draw_markdown, ""}, by);
    case ReportFormat::latex:
      return format_text(report, {draw_latex, "% "}, by);
    case ReportFormat::junit:
      return format_junit_report(report);
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
  if (format == ReportFormat::latex) return draw_latex(grid);
  return format == ReportFormat::markdown ? draw_markdown(grid) : draw_table(grid);
}

}  // namespace proctor::reports
