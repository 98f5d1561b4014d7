#include "reports/trend.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tests/reports/score_rows.h"

namespace proctor::reports {
namespace {

TrendRun night(RunId run, std::vector<QuestionScores> questions) {
  return {.run = run, .created_at = "2026-01-01", .model = "m", .questions = std::move(questions)};
}

// Nights of 20 questions with 16 samples each, all with that chance of success.
std::vector<TrendRun> nights_of(const std::vector<double>& chances, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<TrendRun> nights;
  for (const double chance : chances) {
    std::vector<QuestionScores> questions;
    for (int q = 0; q < 20; ++q) {
      int correct = 0;
      for (int i = 0; i < 16; ++i) {
        correct += static_cast<double>(random() >> 11) * 0x1p-53 < chance ? 1 : 0;
      }
      questions.push_back(question_scores(correct, 16, 16));
    }
    nights.push_back(night(static_cast<RunId>(nights.size() + 1), std::move(questions)));
  }
  return nights;
}

int alarms_down(const std::vector<TrendPoint>& points) {
  int alarms = 0;
  for (const TrendPoint& point : points) alarms += point.alarm_down ? 1 : 0;
  return alarms;
}

TEST_CASE("each night is held against all nights before it") {
  const TrendRun nights[] = {night(1, scores_of({"1100", "1110"})),
                             night(2, scores_of({"1100", "1110"})),
                             night(3, scores_of({"1000", "1100"}))};
  const std::vector<TrendPoint> points = trend(nights);
  REQUIRE(points.size() == 3);
  CHECK(points[0].value == doctest::Approx(0.625));
  CHECK(std::isnan(points[0].z));
  CHECK(points[1].change == doctest::Approx(0));
  CHECK(points[1].sum_down == 0);
  CHECK(points[2].change == doctest::Approx(-0.25));
  // Pooled over three nights: 5 of 12 and 8 of 12 correct, 8 samples against 4.
  const double variance = (5.0 * 7 / 12 / 11 + 8.0 * 4 / 12 / 11) * (1.0 / 8 + 1.0 / 4) / 4;
  CHECK(points[2].change_error == doctest::Approx(std::sqrt(variance)));
  CHECK(points[2].z == doctest::Approx(-0.25 / std::sqrt(variance)));
  CHECK(points[2].sum_down == doctest::Approx(-points[2].z - 0.5));
  CHECK(points[2].sum_up == 0);
  CHECK_FALSE(points[2].alarm_down);
}

TEST_CASE("a slow decline is found and steady nights are left in peace") {
  const std::vector<double> steady(60, 0.6);
  std::vector<double> declining = steady;
  for (std::size_t i = 20; i < 60; ++i) declining[i] = 0.6 - 0.002 * static_cast<double>(i - 20);
  int false_alarms = 0;
  int found = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    false_alarms += alarms_down(trend(nights_of(steady, seed))) > 0 ? 1 : 0;
    const std::vector<TrendPoint> points = trend(nights_of(declining, seed));
    found += alarms_down(points) > 0 ? 1 : 0;
  }
  CHECK(false_alarms <= 3);  // of 20 x 60 nights, of which one in 938 would alarm
  CHECK(found >= 18);
}

TEST_CASE("an alarm starts the comparison anew") {
  std::vector<double> chances(20, 0.9);
  chances.insert(chances.end(), 20, 0.4);
  const std::vector<TrendPoint> points = trend(nights_of(chances, 3));
  CHECK(points[20].alarm_down);
  CHECK(alarms_down(points) == 1);  // the new level is the new normal
  CHECK(std::fabs(points[21].z) < 4);
  CHECK(points[21].sum_down < 5);
}

TEST_CASE("how often the chart is wrong follows from its two numbers") {
  CHECK(nights_to_alarm(0) == doctest::Approx(938).epsilon(0.01));  // tabled: 930
  CHECK(nights_to_alarm(1) == doctest::Approx(10.4).epsilon(0.02));
  CHECK(nights_to_alarm(0, {.reference = 0.5, .threshold = 4}) ==
        doctest::Approx(336).epsilon(0.01));
  CHECK(nights_to_alarm(0.5) == doctest::Approx(6.166 * 6.166).epsilon(0.01));
}

TEST_CASE("nights that never disagree have nothing to show") {
  const TrendRun nights[] = {night(1, scores_of({"11"})), night(2, scores_of({"11"}))};
  CHECK(trend(nights)[1].z == 0);
  CHECK(trend({}).empty());
}

TEST_CASE("a trend is written with its alarms and what was left out") {
  std::vector<double> chances(5, 0.9);
  chances.push_back(0.2);
  TrendReport report{.task = "aime24", .recipe = "protocol r1"};
  report.points = trend(nights_of(chances, 1));
  report.left_out = {"run 9: open"};
  const std::string text = format_trend(report, TrendFormat::table);
  CHECK(text.find("alarm: DECLINE by run 6") != std::string::npos);
  CHECK(text.find("left out: run 9: open") != std::string::npos);
  CHECK(text.find("reference 0.5 and threshold 5") != std::string::npos);
  CHECK(text.find("nan") == std::string::npos);
  const std::string csv = format_trend(report, TrendFormat::csv);
  CHECK(csv.find("nan") == std::string::npos);
  CHECK(csv.find(",DECLINE\n") != std::string::npos);
}

}  // namespace
}  // namespace proctor::reports
