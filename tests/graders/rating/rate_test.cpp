#include "graders/rating/rate.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "graders/rating/over_contests.h"
#include "tasks/contests/contests.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::rating {
namespace {

using nlohmann::json;

// The example of the worked numbers: ten people, five problems.
Contest ten_people() {
  Contest contest;
  contest.id = "1";
  double points = 500;
  for (const char* index : {"A", "B", "C", "D", "E"}) {
    contest.problems.push_back({index, points, {}});
    points += 500;
  }
  contest.field = {{5600, 0, 2400}, {5100, 0, 2100}, {4900, 0, 1900}, {4900, 0, 1700},
                   {3800, 0, 1500}, {2950, 0, 1300}, {1450, 0, 1100}, {950, 0, 900},
                   {500, 0, 700},   {0, 0, 500}};
  return contest;
}

ContestAttempts worked_attempts(const Contest& contest) {
  return {&contest, {{1, 1, 0}, {2, 1, 1}, {5, 2, 3}, {8, 0, 8}, {4, 1, 3}}};
}

TEST_CASE("the worked contest is rated by each method") {
  const Contest contest = ten_people();
  const ContestAttempts one[] = {worked_attempts(contest)};
  const Rating rank = rate(one, {.method = Method::rank});
  REQUIRE(rank.contests.size() == 1);
  CHECK(rank.contests[0].score == ContestScore{5150, 0, 4});
  CHECK(rank.contests[0].place == 2);
  CHECK(rank.rating == doctest::Approx(2305.29).epsilon(0.005 / 2305));
  CHECK(rank.at_cap == 0);
  CHECK(std::isnan(rank.error));

  const Rating codeelo = rate(one, {.method = Method::codeelo});
  CHECK(codeelo.rating == 2499);
  CHECK(codeelo.at_cap == 1);
}

TEST_CASE("several contests give their mean") {
  const Contest contest = ten_people();
  ContestAttempts nothing{&contest, std::vector<Attempts>(5)};
  const ContestAttempts both[] = {worked_attempts(contest), nothing};
  const Rating rank = rate(both, {.method = Method::rank});
  CHECK(rank.contests[1].place == 11);
  CHECK(rank.contests[1].rating.rating == 100);
  CHECK(rank.at_cap == 1);
  CHECK(rank.rating == doctest::Approx((rank.contests[0].rating.rating + 100) / 2));
  CHECK(rank.error == doctest::Approx((rank.contests[0].rating.rating - 100) / 2));
  CHECK(rank.interval_low == 100);
  CHECK(rank.interval_high == rank.contests[0].rating.rating);
}

TEST_CASE("CodeElo takes no account of what newcomers are worth and its floor is zero") {
  Contest contest = ten_people();
  contest.problems = {{"A", 500, {}}};
  contest.field = {{500, 0, 1800}, {100, 0, kNewcomer}, {0, 0, kNewcomer}};
  const ContestAttempts one[] = {{&contest, {{40, 1, 39}}}};
  RateOptions options{.method = Method::codeelo, .counting = Counting::expected};
  const Rating codeelo = rate(one, options);
  CHECK(codeelo.contests[0].score.points == 0);
  options.newcomer = 0;
  CHECK(rate(one, options).rating == codeelo.rating);
  options.method = Method::rank;
  const Rating at_0 = rate(one, options);
  CHECK(at_0.contests[0].score.points == 150);
  CHECK(at_0.contests[0].place == 2);
  options.newcomer = 1400;
  CHECK(rate(one, options).rating > at_0.rating);
}

TEST_CASE("likelihood asks for difficulties alone") {
  Contest first;
  first.problems = {{"A", 500, 800}, {"B", 500, 1000}, {"C", 500, 1200}, {"D", 500, 1600}};
  Contest second;
  second.problems = {{"A", 0, 1400}, {"B", 0, 1800}, {"C", 0, 2000},
                     {"D", 0, 2400}, {"E", 0, {}},   {"F", 0, 900}};
  const Attempts right{3, 1, 2};
  const Attempts wrong{2, 0, 2};
  const ContestAttempts both[] = {{&first, {right, right, right, right}},
                                  {&second, {wrong, wrong, wrong, wrong, right, {}}}};
  const Rating rating = rate(both, {.method = Method::likelihood});
  CHECK(std::abs(rating.rating - 1502.147) < 0.0005);
  CHECK(std::abs(rating.error - 177.19) < 0.005);
  CHECK(rating.interval_high - rating.rating == doctest::Approx(1.96 * rating.error).epsilon(1e-4));
  CHECK(rating.problems == 8);
  CHECK(rating.left_out == 1);
  CHECK(rating.contests.empty());
  const Rating shares = rate(both, {.method = Method::likelihood, .counting = Counting::expected});
  CHECK(shares.rating < rating.rating);
}

TEST_CASE("methods have names") {
  for (const Method method : {Method::rank, Method::codeelo, Method::likelihood}) {
    CHECK(method_named(name_of(method)) == method);
  }
  CHECK_FALSE(method_named("elo"));
}

// The contests that the expected values are of, with nothing but points, penalties and ratings.
Contest golden_contest(const std::filesystem::path& folder, const std::string& source) {
  const std::string synthetic = "synthetic/";
  if (source.starts_with(synthetic)) {
    const auto found =
        tasks::contests::find_contest(folder / "synthetic", source.substr(synthetic.size()));
    REQUIRE(found);
    return found->contest;
  }
  Contest contest;
  for (const json& row : json::parse(support::read_file(folder / (source + "-data.json")))) {
    contest.field.push_back({row.at(1), row.at(2), row.at(3)});
  }
  return contest;
}

TEST_CASE("CodeElo is matched exactly on every golden row") {
  const std::filesystem::path shared = support::shared_data();
  if (shared.empty()) SKIP("needs the golden ratings in the shared data: they are missing");
  const std::filesystem::path folder = shared / "codeforces";
  const std::vector<int> sorted =
      json::parse(support::read_file(folder / "real/codeelo_sorted_ratings.json"));
  std::istringstream lines(support::read_file(folder / "codeelo_golden.jsonl"));
  int rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    CAPTURE(line);
    const json row = json::parse(line);
    const Contest contest = golden_contest(folder, row.at("source"));
    CHECK(contest.field.size() == row.at("contestants"));
    const int ahead = ahead_of(contest, {.points = row.at("points"), .penalty = row.at("penalty")});
    CHECK(ahead == row.at("rank"));
    const PlaceRating rating = codeelo_rating(ahead, Opponents(contest, kNewcomer));
    CHECK(rating.rating == row.at("rating"));
    const double rounded = std::round(10 * percentile(sorted, rating.rating)) / 10;
    CHECK(rounded == row.at("percentile").get<double>());
  }
  CHECK(rows == 23);
}

}  // namespace
}  // namespace proctor::graders::rating
