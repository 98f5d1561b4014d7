#include "graders/rating/place_rating.h"

#include <doctest/doctest.h>

#include <cmath>

namespace proctor::graders::rating {
namespace {

const std::vector<int> kTen = {2400, 2100, 1900, 1700, 1500, 1300, 1100, 900, 700, 500};

std::vector<int> two_hundred_and_fifty() {
  std::vector<int> ratings;
  for (int rating = 800; rating <= 2543; rating += 7) ratings.push_back(rating);
  return ratings;
}

// As many digits as the worked numbers are printed with.
bool prints_as(double value, double printed, int decimals) {
  const double unit = std::pow(10.0, decimals);
  return std::abs(std::round(value * unit) / unit - printed) < 0.1 / unit;
}

TEST_CASE("a place among equals has its worked rating") {
  struct Row {
    double place, rating;
  };
  constexpr Row kRows[] = {{2, 1620.412}, {2.5, 1500}, {3, 1379.588}, {1.5, 1779.588}};
  const std::vector<int> ratings(3, 1500);
  for (const Row& row : kRows) {
    CAPTURE(row.place);
    const PlaceRating result = rating_for_place(row.place, Opponents(ratings));
    CHECK(prints_as(result.rating, row.rating, 3));
    CHECK_FALSE(result.at_cap);
  }
}

TEST_CASE("places among ten have their worked ratings") {
  constexpr double kRatings[] = {2305.29, 2032.68, 1810.15, 1603.05, 1400.49,
                                 1198.67, 994.81,  782.67,  537.01};
  const Opponents opponents(kTen);
  double place = 2;
  for (const double rating : kRatings) {
    CAPTURE(place);
    const PlaceRating result = rating_for_place(place, opponents);
    CHECK(prints_as(result.rating, rating, 2));
    CHECK(result.uncapped == result.rating);
    CHECK_FALSE(result.at_cap);
    CHECK(opponents.expected_place(result.rating) == doctest::Approx(place).epsilon(1e-12));
    ++place;
  }
}

TEST_CASE("the first place and the one after the last are at a cap") {
  const Opponents opponents(kTen);
  const PlaceRating first = rating_for_place(1, opponents);
  CHECK(first.rating == 2400 + 400);
  CHECK(first.uncapped == std::numeric_limits<double>::infinity());
  CHECK(first.at_cap);
  const PlaceRating last = rating_for_place(11, opponents);
  CHECK(last.rating == 500 - 400);
  CHECK(last.uncapped == -std::numeric_limits<double>::infinity());
  CHECK(last.at_cap);
}

TEST_CASE("places in a wide field have their worked ratings and say where they are at the cap") {
  struct Row {
    double place, uncapped;
    bool at_cap;
  };
  constexpr Row kRows[] = {{2, 3100.87, true},   {5, 2849.37, false},   {25, 2461.57, false},
                           {50, 2229.41, false}, {125, 1678.59, false}, {200, 1129.75, false}};
  const Opponents opponents(two_hundred_and_fifty());
  REQUIRE(opponents.count() == 250);
  for (const Row& row : kRows) {
    CAPTURE(row.place);
    const PlaceRating result = rating_for_place(row.place, opponents);
    CHECK(prints_as(result.uncapped, row.uncapped, 2));
    CHECK(result.at_cap == row.at_cap);
    CHECK(result.rating == (row.at_cap ? 2543 + 400 : result.uncapped));
  }
}

TEST_CASE("CodeElo has its worked ratings") {
  struct Row {
    int ahead, rating;
    bool at_cap;
  };
  SUBCASE("among ten") {
    constexpr Row kRows[] = {{0, 2499, true},  {1, 2499, true},  {2, 2305, false}, {3, 2032, false},
                             {4, 1810, false}, {5, 1603, false}, {6, 1400, false}, {7, 1198, false},
                             {8, 994, false},  {9, 782, false},  {10, 537, false}};
    for (const Row& row : kRows) {
      CAPTURE(row.ahead);
      const PlaceRating result = codeelo_rating(row.ahead, Opponents(kTen));
      CHECK(result.rating == row.rating);
      CHECK(result.at_cap == row.at_cap);
    }
  }
  SUBCASE("in a wide field") {
    // One less than the places, as CodeElo counts from zero.
    constexpr Row kRows[] = {{1, 2642, true},   {4, 2642, true},    {24, 2473, false},
                             {49, 2237, false}, {124, 1685, false}, {199, 1137, false},
                             {250, 242, false}};
    const Opponents opponents(two_hundred_and_fifty());
    for (const Row& row : kRows) {
      CAPTURE(row.ahead);
      const PlaceRating result = codeelo_rating(row.ahead, opponents);
      CHECK(result.rating == row.rating);
      CHECK(result.at_cap == row.at_cap);
    }
  }
}

TEST_CASE("a score of one's own finds its place below its equals") {
  constexpr double kPoints[] = {5600, 5100, 4900, 4900, 3800, 2950, 1450, 950, 500, 0};
  Contest contest;
  for (std::size_t i = 0; i < kTen.size(); ++i) {
    contest.field.push_back({kPoints[i], 0, kTen[i]});
  }
  CHECK(ahead_of(contest, {.points = 5150}) == 1);
  CHECK(ahead_of(contest, {.points = 4900}) == 4);
  CHECK(ahead_of(contest, {.points = 9999}) == 0);
  CHECK(ahead_of(contest, {.points = 0}) == 10);
  const Opponents opponents(contest, 1400);
  CHECK(prints_as(rating_for_place(1 + ahead_of(contest, {.points = 5150}), opponents).rating,
                  2305.29, 2));
  CHECK(codeelo_rating(1, opponents).rating == 2499);
}

TEST_CASE("penalty tells equal points apart and nothing else does") {
  Contest contest;
  contest.rules = ContestRules::icpc;
  contest.field = {{4, 120, 2000}, {3, 20, 1800}, {3, 50, 1700}, {2, 0, 1500}};
  CHECK(ahead_of(contest, {.points = 3, .penalty = 49}) == 2);
  CHECK(ahead_of(contest, {.points = 3, .penalty = 50}) == 3);
  CHECK(ahead_of(contest, {.points = 4, .penalty = 119}) == 0);
}

TEST_CASE("newcomers are worth what they are said to be") {
  Contest contest;
  contest.field = {{100, 0, 2000}, {50, 0, kNewcomer}, {10, 0, -20}};
  const int kWorth[] = {-20, 1400, 2000};
  const Opponents at_1400(contest, 1400);
  for (const double rating : {0.0, 1000.0, 1700.0}) {
    CHECK(at_1400.expected_place(rating) == Opponents(kWorth).expected_place(rating));
  }
  CHECK(Opponents(contest, kNewcomer).expected_place(700) < at_1400.expected_place(700));
}

}  // namespace
}  // namespace proctor::graders::rating
