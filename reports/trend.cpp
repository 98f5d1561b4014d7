#include "reports/trend.h"

#include <cmath>
#include <limits>

#include "harness/core/check.h"
#include "reports/paired.h"

namespace proctor::reports {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

TrendPoint point_of(const TrendRun& night) {
  TrendPoint point{.run = night.run, .created_at = night.created_at, .model = night.model};
  point.value = mean_score(night.questions);
  point.error_questions = super_population_error(night.questions);
  point.error_samples = conditional_error(night.questions);
  point.coverage = coverage(night.questions);
  point.change = point.change_error = point.z = kUnknown;
  return point;
}

// Fills in the change against `before`.
void compare_with(const std::vector<QuestionScores>& before, const TrendRun& night,
                  TrendPoint& point) {
  const PairedDifference paired = paired_difference(before, night.questions);
  point.change = paired.difference;
  // The pooled error, which belongs to nights without a change and is known for single samples too.
  point.change_error = paired.pooled_error;
  if (paired.pooled_error > 0) {
    point.z = paired.difference / paired.pooled_error;
  } else if (paired.difference == 0) {
    point.z = 0;  // every sample of every question has always agreed
  }
}

}  // namespace

std::vector<TrendPoint> trend(std::span<const TrendRun> nights, const CusumOptions& options) {
  std::vector<TrendPoint> points;
  std::vector<QuestionScores> before;  // the nights since the last alarm, taken together
  double down = 0;
  double up = 0;
  for (const TrendRun& night : nights) {
    check(night.questions.size() == nights.front().questions.size());
    TrendPoint point = point_of(night);
    if (!before.empty()) compare_with(before, night, point);
    const double z = std::isnan(point.z) ? 0 : point.z;
    if (!before.empty()) {
      down = std::fmax(0, down - z - options.reference);
      up = std::fmax(0, up + z - options.reference);
    }
    point.sum_down = down;
    point.sum_up = up;
    point.alarm_down = down > options.threshold;
    point.alarm_up = up > options.threshold;
    if (point.alarm_down || point.alarm_up) {
      down = up = 0;
      before.clear();
    }
    if (before.empty()) {
      before = night.questions;
    } else {
      for (std::size_t i = 0; i < before.size(); ++i) {
        before[i] = pooled(before[i], night.questions[i]);
      }
    }
    points.push_back(std::move(point));
  }
  return points;
}

double nights_to_alarm(double drift, const CusumOptions& options) {
  const double excess = drift - options.reference;
  const double width = options.threshold + 1.166;  // the overshoot of a normal walk at a boundary
  if (std::fabs(excess) < 1e-6) return width * width;
  const double scaled = 2 * excess * width;
  return (std::exp(-scaled) + scaled - 1) / (2 * excess * excess);
}

}  // namespace proctor::reports
