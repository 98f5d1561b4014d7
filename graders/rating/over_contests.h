// One rating from those of several contests, and how far it can be trusted.
//
// Which contests are taken moves a rating by hundreds of points (arXiv:2602.05891), so that the
// error here is about contests like these, not about repeating the same ones. Pure functions.
#pragma once

#include <cstdint>
#include <span>

namespace proctor::graders::rating {

struct RatingMean {
  double rating = 0;
  // One standard error over contests, and the middle 95 % of means over contests drawn again with
  // replacement. NaN, all three, for a single contest, which says nothing about others.
  double error = 0;
  double interval_low = 0;
  double interval_high = 0;
};

constexpr int kBootstrapDraws = 10'000;

// There must be a rating. The same seed gives the same interval on any machine.
RatingMean mean_over_contests(std::span<const double> ratings, std::uint64_t seed);

// The share, in percent, of a reference list that lies strictly below the rating. `sorted` rises
// and is not empty.
double percentile(std::span<const int> sorted, double rating);

}  // namespace proctor::graders::rating
