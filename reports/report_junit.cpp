// The report as CI systems read it.
#include <fmt/core.h>

#include <cmath>

#include "reports/junit.h"
#include "reports/report_parts.h"

namespace proctor::reports {
namespace {

// The default of --min-coverage (DESIGN section 4).
constexpr double kLeastCoverage = 0.995;

std::string figure(double value) { return std::isnan(value) ? "" : fmt::format("{:.6g}", value); }

JunitSuite suite_of(const TaskSummary& task) {
  JunitSuite suite{task.task};
  suite.properties = {{"protocol", task.protocol},
                      {"grader", task.grader},
                      {"questions", std::to_string(task.questions)},
                      {"repeats", std::to_string(task.repeats)},
                      {"pass@1", figure(task.pass_1)},
                      {"standard_error_questions_like_these", figure(task.error_questions)},
                      {"standard_error_these_questions", figure(task.error_samples)},
                      {"coverage", figure(task.coverage)}};
  for (const Metric& metric : task.metrics) {
    suite.properties.emplace_back(metric.name, figure(metric.value));
  }
  JunitCase covered{"coverage"};
  if (task.coverage < kLeastCoverage) {
    covered.outcome = JunitCase::Outcome::failed;
    covered.message = fmt::format(
        "{:.2f} % of the samples have a decided score; pass@1 is between "
        "{:.1f} and {:.1f}",
        100 * task.coverage, 100 * task.bound_low, 100 * task.bound_high);
  }
  for (const auto& [reason, count] : task.reasons) {
    covered.output += fmt::format("{} x {}\n", count, reason);
  }
  suite.cases.push_back(std::move(covered));
  return suite;
}

}  // namespace

std::string format_junit_report(const RunReport& report) {
  std::vector<JunitSuite> suites;
  for (const TaskSummary& task : report.tasks) suites.push_back(suite_of(task));
  return format_junit(fmt::format("proctor run {}: {}", report.info.id, report.model), suites);
}

}  // namespace proctor::reports
