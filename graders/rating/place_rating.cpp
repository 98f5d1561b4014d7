#include "graders/rating/place_rating.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/core/check.h"

namespace proctor::graders::rating {
namespace {

// Where `place` lies between an expected place that is too high at `low` and too low at `high`.
double bisect(double place, const Opponents& opponents, double low, double high) {
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;  // no double lies between
    (opponents.expected_place(middle) > place ? low : high) = middle;
  }
}

// The same without bounds on the rating. A place strictly between the first and the one after the
// last has one.
double unbounded(double place, const Opponents& opponents) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (place <= 1) return infinity;
  if (place >= opponents.count() + 1) return -infinity;
  double low = opponents.lowest();
  double high = opponents.highest();
  while (opponents.expected_place(low) < place) low -= kCapDistance;
  while (opponents.expected_place(high) > place) high += kCapDistance;
  return bisect(place, opponents, low, high);
}

}  // namespace

double chance_ahead(double mine, double other) {
  return 1 / (1 + std::pow(10.0, (other - mine) / 400));
}

int ahead_of(const Contest& contest, const ContestScore& score) {
  return static_cast<int>(
      std::count_if(contest.field.begin(), contest.field.end(), [&](const Contestant& other) {
        return other.points > score.points ||
               (other.points == score.points && other.penalty <= score.penalty);
      }));
}

Opponents::Opponents(std::span<const int> ratings) { add({ratings.begin(), ratings.end()}); }

Opponents::Opponents(const Contest& contest, int newcomer) {
  std::vector<int> ratings;
  for (const Contestant& contestant : contest.field) {
    ratings.push_back(contestant.rating == kNewcomer ? newcomer : contestant.rating);
  }
  add(std::move(ratings));
}

void Opponents::add(std::vector<int> ratings) {
  check(!ratings.empty());
  std::sort(ratings.begin(), ratings.end());
  count_ = static_cast<int>(ratings.size());
  for (const int rating : ratings) {
    if (counts_.empty() || counts_.back().first != rating) counts_.emplace_back(rating, 0);
    ++counts_.back().second;
  }
}

double Opponents::expected_place(double rating) const {
  double place = 1;
  for (const auto& [other, count] : counts_) place += count * chance_ahead(other, rating);
  return place;
}

PlaceRating rating_for_place(double place, const Opponents& opponents) {
  check(place >= 1 && place <= opponents.count() + 1);
  PlaceRating result;
  result.uncapped = unbounded(place, opponents);
  const double least = opponents.lowest() - kCapDistance;
  const double most = opponents.highest() + kCapDistance;
  result.rating = std::clamp(result.uncapped, least, most);
  result.at_cap = result.rating != result.uncapped;
  return result;
}

PlaceRating codeelo_rating(int ahead, const Opponents& opponents) {
  constexpr int kAboveHighest = 100;
  int low = 0;
  int high = opponents.highest() + kAboveHighest;
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (opponents.expected_place(middle) < ahead ? high : low) = middle;
  }
  const bool at_cap = low == 0 || low == opponents.highest() + kAboveHighest - 1;
  return {static_cast<double>(low), static_cast<double>(low), at_cap};
}

}  // namespace proctor::graders::rating
