#include "reports/statistics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "tests/reports/score_rows.h"

namespace proctor::reports {
namespace {

doctest::Approx to_six_digits(double value) { return doctest::Approx(value).epsilon(2e-6); }

TEST_CASE("the worked example has its mean and both its errors") {
  const auto questions = scores_of({"1101", "0000", "1010", "1111", "0100"});
  CHECK(mean_score(questions) == doctest::Approx(0.5));
  CHECK(super_population_error(questions) == to_six_digits(0.176777));
  CHECK(conditional_error(questions) == to_six_digits(0.091287));
}

TEST_CASE("scores and counts of the same samples give the same statistics") {
  const double kScores[] = {1, 0, 1, 1};
  const QuestionScores from_scores = question_scores(kScores, 5);
  const QuestionScores from_counts = question_scores(3, 4, 5);
  CHECK(from_scores.planned == from_counts.planned);
  CHECK(from_scores.decided == from_counts.decided);
  CHECK(from_scores.sum == from_counts.sum);
  CHECK(from_scores.sum_of_squares == from_counts.sum_of_squares);

  const double kPartial[] = {0.25, 0.75};
  const QuestionScores partial[] = {question_scores(kPartial, 2)};
  CHECK(mean_score(partial) == doctest::Approx(0.5));
  CHECK(conditional_error(partial) == doctest::Approx(0.25));  // sd 0.35355, over the root of 2
}

TEST_CASE("every question weighs the same however many of its samples there are") {
  const auto questions = scores_of({"1111", "0...", "10.."});
  CHECK(mean_score(questions) == doctest::Approx(0.5));
  CHECK(super_population_error(questions) == doctest::Approx(0.5 / std::sqrt(3.0)));
}

TEST_CASE("clusters of questions that stand or fall together widen the error") {
  const auto questions = scores_of({"11", "11", "00", "00"});
  const int kContests[] = {1, 1, 2, 2};
  const int kAlone[] = {1, 2, 3, 4};
  const double independent = super_population_error(questions);
  CHECK(super_population_error(questions, kAlone) == doctest::Approx(independent));
  CHECK(super_population_error(questions, kContests) == doctest::Approx(0.5));
  CHECK(independent == doctest::Approx(std::sqrt(1.0 / 12)));
}

TEST_CASE("errors that cannot be known are not numbers") {
  CHECK(std::isnan(mean_score(scores_of({}))));
  CHECK(std::isnan(mean_score(scores_of({"..", ".."}))));
  CHECK(std::isnan(super_population_error(scores_of({"1010"}))));
  CHECK(std::isnan(conditional_error(scores_of({"1010", "1..."}))));
  CHECK_FALSE(std::isnan(conditional_error(scores_of({"1010", "...."}))));
  CHECK(std::isnan(t_interval(0.5, 0.1, 1).low));
}

TEST_CASE("quantiles of Student t match the tables") {
  struct Row {
    int degrees_of_freedom;
    double quantile;
  };
  constexpr Row kRows[] = {
      {1, 12.706205}, {2, 4.302653},  {3, 3.182446},  {4, 2.776445},   {5, 2.570582},
      {9, 2.262157},  {29, 2.045230}, {30, 2.042272}, {197, 1.972079}, {499, 1.964729},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.degrees_of_freedom);
    CHECK(student_t_95(row.degrees_of_freedom) == doctest::Approx(row.quantile).epsilon(1e-6));
  }
  CHECK(student_t_95(10'001) == doctest::Approx(student_t_95(10'000)).epsilon(1e-7));
  CHECK(student_t_95(2'000'000) == doctest::Approx(1.959965).epsilon(1e-6));
}

TEST_CASE("a t interval reaches as far as its quantile") {
  const Interval interval = t_interval(0.5, 0.1, 30);
  CHECK(interval.low == doctest::Approx(0.5 - 0.204523));
  CHECK(interval.high == doctest::Approx(0.5 + 0.204523));
}

TEST_CASE("Wilson intervals solve their equation and stay inside 0 and 1") {
  constexpr double kNormal = 1.959963984540054;
  for (const double trials : {1.0, 10.0, 30.0, 500.0}) {
    for (const double proportion : {0.0, 0.1, 0.5, 0.97, 1.0}) {
      CAPTURE(trials);
      CAPTURE(proportion);
      const Interval interval = wilson_interval(proportion, trials);
      for (const double end : {interval.low, interval.high}) {
        const double error = std::sqrt(std::fabs(end * (1 - end)) / trials);
        CHECK(std::fabs(proportion - end) == doctest::Approx(kNormal * error).epsilon(1e-6));
      }
      CHECK(interval.low >= -1e-12);
      CHECK(interval.high <= 1 + 1e-12);
      CHECK(interval.low < interval.high);
    }
  }
}

TEST_CASE("missing samples open the bounds and nothing else does") {
  const auto incomplete = scores_of({"11..", "0000", "...."});
  const Interval bounds = coverage_bounds(incomplete);
  CHECK(bounds.low == doctest::Approx(0.5 / 3));
  CHECK(bounds.high == doctest::Approx(2.0 / 3));
  CHECK(coverage(incomplete) == doctest::Approx(0.5));
  CHECK(mean_score(incomplete) == doctest::Approx(0.5));  // of the two that have scores

  const auto complete = scores_of({"1100", "1111"});
  CHECK(coverage_bounds(complete).low == mean_score(complete));
  CHECK(coverage_bounds(complete).high == mean_score(complete));
  CHECK(coverage(complete) == 1);
  CHECK(coverage({}) == 1);
}

}  // namespace
}  // namespace proctor::reports
