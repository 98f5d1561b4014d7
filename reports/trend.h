// One task night by night: its value with both errors, and an alarm for slow decline that no single
// night shows. Pure.
//
// Each night is compared with all nights before it, taken together and paired by question, by the
// error of these questions. Such differences, in units of their errors, are independent and
// standard normal while nothing changes (a self-starting chart: Hawkins 1987), so that no baseline
// must be chosen and none can be lucky. Their sums beyond an allowance are CUSUMs (Page 1954).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/statistics.h"
#include "reports/store.h"

namespace proctor::reports {

// A night as it comes from a store. All nights have the same questions in the same order.
struct TrendRun {
  RunId run = 0;
  std::string created_at{};
  std::string model{};
  std::vector<QuestionScores> questions{};  // 0 or 1 of each sample
};

struct CusumOptions {
  double reference = 0.5;  // k: drifts below this many standard errors a night are allowed for
  double threshold = 5;    // h: a sum above it is an alarm
};

struct TrendPoint {
  RunId run = 0;
  std::string created_at{};
  std::string model{};
  double value = 0;  // pass@1
  double error_questions = 0;
  double error_samples = 0;
  double coverage = 0;
  // Against all nights before, since the last alarm; NaN for a first night.
  double change = 0;
  double change_error = 0;
  double z = 0;
  double sum_down = 0;
  double sum_up = 0;
  bool alarm_down = false;
  bool alarm_up = false;
};

// The nights in the order given. An alarm sets both sums to 0 and starts the comparison anew, with
// its night as the first.
std::vector<TrendPoint> trend(std::span<const TrendRun> nights, const CusumOptions& options = {});

// How many nights it takes one of the two sums, on average, to raise an alarm when the value drifts
// that many standard errors a night in its direction; 0 for how rare false alarms are. Siegmund's
// approximation (1985), good to a few percent.
double nights_to_alarm(double drift, const CusumOptions& options = {});

struct TrendReport {
  std::string task{};
  std::string recipe{};  // what the nights have in common
  CusumOptions options{};
  std::vector<TrendPoint> points{};
  std::vector<std::string> left_out{};  // runs of the task that do not belong, and why
};

enum class TrendFormat { table, markdown, json, csv };
std::optional<TrendFormat> trend_format_named(std::string_view name);
std::string format_trend(const TrendReport& report, TrendFormat format);

}  // namespace proctor::reports
