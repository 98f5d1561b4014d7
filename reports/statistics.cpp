#include "reports/statistics.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numbers>

#include "harness/core/check.h"

namespace proctor::reports {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kNormal95 = 1.959963984540054;

double mean_of(const QuestionScores& question) { return question.sum / question.decided; }

double variance_of(const QuestionScores& question) {
  const double squares = question.sum_of_squares - question.sum * mean_of(question);
  return std::fmax(squares, 0) / (question.decided - 1);  // rounding may leave -1e-17
}

int count_decided(std::span<const QuestionScores> questions) {
  int decided = 0;
  for (const QuestionScores& question : questions) decided += question.decided > 0 ? 1 : 0;
  return decided;
}

// The chance that |T| <= t: finite sums in the angle atan(t / sqrt(n)), Abramowitz and
// Stegun 26.7.3 for odd and 26.7.4 for even degrees of freedom.
double student_t_probability(double t, int degrees_of_freedom) {
  const double angle = std::atan2(t, std::sqrt(degrees_of_freedom));
  const double cosine = std::cos(angle);
  const bool odd = degrees_of_freedom % 2 == 1;
  double term = odd ? cosine : 1;
  double sum = 0;
  for (int power = odd ? 1 : 0; power <= degrees_of_freedom - 2; power += 2) {
    sum += term;
    term *= cosine * cosine * (power + 1) / (power + 2);
  }
  const double series = std::sin(angle) * sum;
  return odd ? 2 / std::numbers::pi * (angle + series) : series;
}

}  // namespace

QuestionScores question_scores(int correct, int decided, int planned) {
  check(0 <= correct && correct <= decided && decided <= planned);
  const double sum = correct;
  return {planned, decided, sum, sum};
}

QuestionScores question_scores(std::span<const double> scores, int planned) {
  QuestionScores question{planned, static_cast<int>(scores.size()), 0, 0};
  check(question.decided <= planned);
  for (const double score : scores) {
    question.sum += score;
    question.sum_of_squares += score * score;
  }
  return question;
}

double mean_score(std::span<const QuestionScores> questions) {
  double sum = 0;
  for (const QuestionScores& question : questions) {
    if (question.decided > 0) sum += mean_of(question);
  }
  return sum / count_decided(questions);
}

double super_population_error(std::span<const QuestionScores> questions,
                              std::span<const int> clusters) {
  check(clusters.empty() || clusters.size() == questions.size());
  const double mean = mean_score(questions);
  const double decided = count_decided(questions);
  std::map<int, double> deviations;  // by cluster
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (questions[i].decided == 0) continue;
    const int cluster = clusters.empty() ? static_cast<int>(i) : clusters[i];
    deviations[cluster] += (mean_of(questions[i]) - mean) / decided;
  }
  if (deviations.size() < 2) return kUnknown;
  double squares = 0;
  for (const auto& [cluster, deviation] : deviations) squares += deviation * deviation;
  const auto count = static_cast<double>(deviations.size());
  return std::sqrt(squares * count / (count - 1));
}

double conditional_error(std::span<const QuestionScores> questions) {
  double sum = 0;
  for (const QuestionScores& question : questions) {
    if (question.decided == 0) continue;
    if (question.decided == 1) return kUnknown;
    sum += variance_of(question) / question.decided;
  }
  return std::sqrt(sum) / count_decided(questions);
}

double student_t_95(int degrees_of_freedom) {
  check(degrees_of_freedom >= 1);
  constexpr int kNearlyNormal = 10'000;
  if (degrees_of_freedom > kNearlyNormal) {
    // First term of the expansion in 1/n, Abramowitz and Stegun 26.7.5; the next is below 1e-7.
    return kNormal95 + (std::pow(kNormal95, 3) + kNormal95) / (4.0 * degrees_of_freedom);
  }
  double low = kNormal95;
  double high = 13;  // above the quantile at one degree of freedom, 12.7062
  for (int halvings = 0; halvings < 60; ++halvings) {
    const double middle = (low + high) / 2;
    (student_t_probability(middle, degrees_of_freedom) < 0.95 ? low : high) = middle;
  }
  return (low + high) / 2;
}

Interval t_interval(double mean, double error, int questions) {
  if (questions < 2) return {kUnknown, kUnknown};
  const double reach = student_t_95(questions - 1) * error;
  return {mean - reach, mean + reach};
}

Interval wilson_interval(double proportion, double trials) {
  check(trials > 0);
  const double square = kNormal95 * kNormal95;
  const double middle = (proportion + square / (2 * trials)) / (1 + square / trials);
  const double reach =
      kNormal95 / (1 + square / trials) *
      std::sqrt(proportion * (1 - proportion) / trials + square / (4 * trials * trials));
  return {middle - reach, middle + reach};
}

Interval coverage_bounds(std::span<const QuestionScores> questions) {
  Interval bounds;
  for (const QuestionScores& question : questions) {
    check(question.planned > 0);
    const int missing = question.planned - question.decided;
    bounds.low += question.sum / question.planned;
    bounds.high += (question.sum + missing) / question.planned;
  }
  const auto count = static_cast<double>(questions.size());
  return {bounds.low / count, bounds.high / count};
}

double coverage(std::span<const QuestionScores> questions) {
  std::int64_t planned = 0;
  std::int64_t decided = 0;
  for (const QuestionScores& question : questions) {
    planned += question.planned;
    decided += question.decided;
  }
  return planned == 0 ? 1 : static_cast<double>(decided) / static_cast<double>(planned);
}

}  // namespace proctor::reports
