#include "graders/rating/over_contests.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "harness/core/check.h"

namespace proctor::graders::rating {
namespace {

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_error(std::span<const double> values, double centre) {
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  const auto count = static_cast<double>(values.size());
  return std::sqrt(squares / (count - 1) / count);
}

// Means of as many values, drawn with replacement; sorted.
std::vector<double> drawn_means(std::span<const double> values, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> means(kBootstrapDraws);
  for (double& drawn : means) {
    double sum = 0;
    // By the remainder and not by a distribution of the library, which each machine may draw
    // otherwise; with so many bits to so few contests it is as even.
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[random() % values.size()];
    drawn = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  return means;
}

}  // namespace

RatingMean mean_over_contests(std::span<const double> ratings, std::uint64_t seed) {
  check(!ratings.empty());
  RatingMean result;
  result.rating = mean(ratings);
  if (ratings.size() == 1) {
    result.error = result.interval_low = result.interval_high =
        std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  result.error = standard_error(ratings, result.rating);
  const std::vector<double> means = drawn_means(ratings, seed);
  constexpr std::size_t kTail = kBootstrapDraws / 40;  // 2.5 % at each end
  result.interval_low = means[kTail];
  result.interval_high = means[means.size() - 1 - kTail];
  return result;
}

double percentile(std::span<const int> sorted, double rating) {
  check(!sorted.empty());
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), rating) - sorted.begin();
  return 100 * static_cast<double>(below) / static_cast<double>(sorted.size());
}

}  // namespace proctor::graders::rating
