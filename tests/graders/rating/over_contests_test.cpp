#include "graders/rating/over_contests.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::rating {
namespace {

TEST_CASE("the mean over contests comes with its error and an interval") {
  const std::vector<double> ratings = {1400, 1500, 1600, 1900};
  const RatingMean mean = mean_over_contests(ratings, 7);
  CHECK(mean.rating == 1600);
  // Squares of -200, -100, 0, 300 sum to 140000; over 3 and then 4.
  CHECK(mean.error == doctest::Approx(std::sqrt(140'000.0 / 3 / 4)));
  CHECK(mean.interval_low >= 1400);
  CHECK(mean.interval_low < mean.rating);
  CHECK(mean.interval_high > mean.rating);
  CHECK(mean.interval_high <= 1900);
}

TEST_CASE("a bootstrap interval is as wide as the theory says") {
  std::vector<double> ratings;
  for (int i = 0; i < 54; ++i) ratings.push_back(1500 + 10.0 * (i * 29 % 54));
  const RatingMean mean = mean_over_contests(ratings, 1);
  // The bootstrap divides by n where the standard error divides by n - 1.
  const double half = 1.96 * mean.error * std::sqrt(53.0 / 54);
  CHECK(mean.interval_low == doctest::Approx(mean.rating - half).epsilon(0.002));
  CHECK(mean.interval_high == doctest::Approx(mean.rating + half).epsilon(0.002));
}

TEST_CASE("the seed alone decides the interval") {
  std::vector<double> ratings;
  for (int i = 1; i <= 20; ++i) ratings.push_back(1500 + 100 * std::sqrt(i));
  const RatingMean first = mean_over_contests(ratings, 3);
  const RatingMean again = mean_over_contests(ratings, 3);
  const RatingMean other = mean_over_contests(ratings, 4);
  CHECK(first.interval_low == again.interval_low);
  CHECK(first.interval_high == again.interval_high);
  CHECK(first.interval_low != other.interval_low);
  CHECK(first.interval_high != other.interval_high);
}

TEST_CASE("one contest says nothing about others") {
  const RatingMean mean = mean_over_contests(std::vector<double>{1700}, 1);
  CHECK(mean.rating == 1700);
  CHECK(std::isnan(mean.error));
  CHECK(std::isnan(mean.interval_low));
  CHECK(std::isnan(mean.interval_high));
}

TEST_CASE("a percentile counts who is strictly below") {
  const std::vector<int> sorted = {1000, 1200, 1200, 1500};
  CHECK(percentile(sorted, 999) == 0);
  CHECK(percentile(sorted, 1200) == 25);
  CHECK(percentile(sorted, 1200.5) == 75);
  CHECK(percentile(sorted, 3000) == 100);
}

TEST_CASE("percentiles in the list of CodeElo have their worked values") {
  const std::filesystem::path shared = support::shared_data();
  if (shared.empty()) SKIP("needs the list of ratings in the shared data: it is missing");
  const std::vector<int> sorted = nlohmann::json::parse(
      support::read_file(shared / "codeforces/real/codeelo_sorted_ratings.json"));
  struct Row {
    double rating, percentile;
  };
  constexpr Row kRows[] = {{1000, 45.0}, {1200, 58.6}, {1400, 77.2}, {1500, 86.1},
                           {1673, 92.8}, {1807, 95.9}, {2000, 97.9}, {2400, 99.7}};
  for (const Row& row : kRows) {
    CAPTURE(row.rating);
    CHECK(std::abs(percentile(sorted, row.rating) - row.percentile) <= 0.05);
  }
}

}  // namespace
}  // namespace proctor::graders::rating
