// How a trend is written down, in each of its formats.
#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/grid.h"
#include "reports/trend.h"

namespace proctor::reports {
namespace {

using nlohmann::ordered_json;

std::string percent(double share, int digits) {
  return std::isnan(share) ? "-" : fmt::format("{:.{}f}", 100 * share, digits);
}

std::string signed_number(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:+.2f}", value);
}

std::string alarm_of(const TrendPoint& point) {
  if (point.alarm_down) return "DECLINE";
  return point.alarm_up ? "RISE" : "";
}

Grid grid_of(const TrendReport& report) {
  Grid grid = {{"night", "run", "model", "pass@1", "± (questions like these)",
                "± (these questions)", "coverage", "change", "±", "z", "sum down", "sum up",
                "alarm"}};
  for (const TrendPoint& point : report.points) {
    grid.push_back({point.created_at, std::to_string(point.run), point.model,
                    percent(point.value, 1), percent(point.error_questions, 2),
                    percent(point.error_samples, 2), percent(point.coverage, 1),
                    signed_number(100 * point.change), percent(point.change_error, 2),
                    signed_number(point.z), fmt::format("{:.2f}", point.sum_down),
                    fmt::format("{:.2f}", point.sum_up), alarm_of(point)});
  }
  return grid;
}

std::string alarms(const TrendReport& report) {
  std::string text;
  for (const TrendPoint& point : report.points) {
    if (alarm_of(point).empty()) continue;
    text += fmt::format("alarm: {} by run {} ({})\n", alarm_of(point), point.run, point.created_at);
  }
  return text.empty() ? "no alarm\n" : text;
}

std::string text_of(const TrendReport& report, std::string (*draw)(const Grid&)) {
  std::string text =
      fmt::format("{}: {}\n\n{}\n", report.task, report.recipe, draw(grid_of(report)));
  text += fmt::format(
      "percent; each night against all before it, by the error of these questions. CUSUM with "
      "reference {:g} and threshold {:g}:\na false alarm in either direction every {:.0f} nights "
      "on "
      "average; a change by one standard error a night shows in {:.0f}\n",
      report.options.reference, report.options.threshold, nights_to_alarm(0, report.options) / 2,
      nights_to_alarm(1, report.options));
  for (const std::string& line : report.left_out) text += "left out: " + line + "\n";
  return text + alarms(report);
}

// Figures as numbers, shares instead of percent; empty for what is not known.
std::string csv_of(const TrendReport& report) {
  const auto number = [](double value) {
    return std::isnan(value) ? std::string() : fmt::format("{}", value);
  };
  Grid grid = {{"created_at", "run", "model", "task", "pass@1",
                "standard_error_questions_like_these", "standard_error_these_questions", "coverage",
                "change", "change_error", "z", "sum_down", "sum_up", "alarm"}};
  for (const TrendPoint& point : report.points) {
    grid.push_back({point.created_at, std::to_string(point.run), point.model, report.task,
                    number(point.value), number(point.error_questions), number(point.error_samples),
                    number(point.coverage), number(point.change), number(point.change_error),
                    number(point.z), number(point.sum_down), number(point.sum_up),
                    alarm_of(point)});
  }
  return draw_csv(grid);
}

ordered_json number(double value) {
  return std::isnan(value) ? ordered_json() : ordered_json(value);
}

std::string json_of(const TrendReport& report) {
  ordered_json nights = ordered_json::array();
  for (const TrendPoint& point : report.points) {
    nights.push_back({{"run", point.run},
                      {"created_at", point.created_at},
                      {"model", point.model},
                      {"pass@1", number(point.value)},
                      {"standard_error_questions_like_these", number(point.error_questions)},
                      {"standard_error_these_questions", number(point.error_samples)},
                      {"coverage", point.coverage},
                      {"change", number(point.change)},
                      {"change_error", number(point.change_error)},
                      {"z", number(point.z)},
                      {"sum_down", point.sum_down},
                      {"sum_up", point.sum_up},
                      {"alarm", alarm_of(point)}});
  }
  const ordered_json object = {{"task", report.task},
                               {"recipe", report.recipe},
                               {"cusum",
                                {{"reference", report.options.reference},
                                 {"threshold", report.options.threshold},
                                 {"nights_to_false_alarm", nights_to_alarm(0, report.options) / 2},
                                 {"nights_to_see_one_error", nights_to_alarm(1, report.options)}}},
                               {"nights", nights},
                               {"left_out", report.left_out}};
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::optional<TrendFormat> trend_format_named(std::string_view name) {
  if (name == "table") return TrendFormat::table;
  if (name == "markdown") return TrendFormat::markdown;
  if (name == "json") return TrendFormat::json;
  if (name == "csv") return TrendFormat::csv;
  return std::nullopt;
}

std::string format_trend(const TrendReport& report, TrendFormat format) {
  switch (format) {
    case TrendFormat::table:
      return text_of(report, draw_table);
    case TrendFormat::markdown:
      return text_of(report, draw_markdown);
    case TrendFormat::json:
      return json_of(report);
    case TrendFormat::csv:
      return csv_of(report);
  }
  return {};
}

}  // namespace proctor::reports
