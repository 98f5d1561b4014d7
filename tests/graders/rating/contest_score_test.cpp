#include "graders/rating/contest_score.h"

#include <doctest/doctest.h>

namespace proctor::graders::rating {
namespace {

using Outcomes = std::vector<std::vector<bool>>;  // of each problem, in order

constexpr bool kRight = true;
constexpr bool kWrong = false;

Contest contest_of(ContestRules rules, const std::vector<double>& points) {
  Contest contest;
  contest.rules = rules;
  for (std::size_t i = 0; i < points.size(); ++i) {
    contest.problems.push_back({std::string(1, static_cast<char>('A' + i)), points[i], {}});
  }
  return contest;
}

ContestScore score_of(const Contest& contest, const Outcomes& outcomes,
                      const ScoreRules& rules = {}) {
  std::vector<Attempts> attempts;
  for (const std::vector<bool>& accepted : outcomes) attempts.push_back(count_attempts(accepted));
  return contest_score(contest, attempts, rules);
}

TEST_CASE("failures before the first success are told from those after it") {
  struct Row {
    std::vector<bool> accepted;
    Attempts attempts;
  };
  const Row kRows[] = {
      {{}, {0, 0, 0}},
      {{kRight}, {1, 1, 0}},
      {{kWrong, kWrong}, {2, 0, 2}},
      {{kWrong, kRight, kWrong, kRight}, {4, 2, 1}},
      {{kRight, kWrong, kWrong}, {3, 1, 0}},
  };
  for (const Row& row : kRows) CHECK(count_attempts(row.accepted) == row.attempts);
}

TEST_CASE("a round with points pays what is left of them after failures") {
  const Contest contest = contest_of(ContestRules::points, {500, 1000, 1500, 2000, 2500});
  // A failure is a failure, be it a wrong answer, a time limit or no program at all.
  const ContestScore score = score_of(contest, {{kRight},
                                                {kWrong, kRight},
                                                {kWrong, kWrong, kWrong, kRight, kRight},
                                                std::vector<bool>(8, kWrong),
                                                {kWrong, kWrong, kWrong, kRight}});
  CHECK(score == ContestScore{500 + 950 + 1350 + 0 + 2350, 0, 4});
}

TEST_CASE("failures eat up a problem but never another one") {
  const Contest contest = contest_of(ContestRules::points, {100, 1000});
  const ContestScore score = score_of(contest, {{kWrong, kWrong, kWrong, kRight}, {kRight}});
  CHECK(score == ContestScore{1000, 0, 2});
}

TEST_CASE("an educational round counts problems and then penalty") {
  const Contest contest = contest_of(ContestRules::icpc, {0, 0, 0, 0, 0});
  const ContestScore score =
      score_of(contest, {{kRight}, {kWrong, kWrong, kRight}, {kRight}, {kWrong}, {}});
  CHECK(score == ContestScore{3, 20, 3});
}

TEST_CASE("expected failures have their worked values") {
  struct Row {
    int accepted;
    double failures;
    double points;  // of a problem of 1000
  };
  constexpr Row kRows[] = {{1, 3.5, 825}, {2, 2, 900}, {4, 0.8, 960}, {8, 0, 1000}};
  const Contest contest = contest_of(ContestRules::points, {1000});
  for (const Row& row : kRows) {
    CAPTURE(row.accepted);
    const Attempts attempts[] = {{8, row.accepted, 0}};
    CHECK(expected_failures(attempts[0]) == doctest::Approx(row.failures).epsilon(1e-15));
    const ContestScore score = contest_score(contest, attempts, {.counting = Counting::expected});
    CHECK(score.points == doctest::Approx(row.points).epsilon(1e-15));
  }
}

TEST_CASE("expected failures are the mean over all orders") {
  for (int tried = 1; tried <= 10; ++tried) {
    for (int accepted = 1; accepted <= tried; ++accepted) {
      CAPTURE(tried);
      CAPTURE(accepted);
      double failures = 0;
      int orders = 0;
      for (unsigned mask = 0; mask < (1u << tried); ++mask) {
        std::vector<bool> order;
        for (int i = 0; i < tried; ++i) order.push_back((mask >> i & 1u) != 0);
        const Attempts attempts = count_attempts(order);
        if (attempts.accepted != accepted) continue;
        failures += attempts.failed_first;
        ++orders;
      }
      CHECK(expected_failures({tried, accepted, 0}) == doctest::Approx(failures / orders));
    }
  }
}

TEST_CASE("the expected score does not depend on the order and the ordered one does") {
  const Contest contest = contest_of(ContestRules::points, {1000});
  const Outcomes early = {{kRight, kWrong, kWrong, kWrong}};
  const Outcomes late = {{kWrong, kWrong, kWrong, kRight}};
  const ScoreRules expected{.counting = Counting::expected};
  CHECK(score_of(contest, early, expected) == score_of(contest, late, expected));
  CHECK(score_of(contest, early).points == 1000);
  CHECK(score_of(contest, late).points == 850);
}

TEST_CASE("a solved problem keeps its least share only where the expected score is asked for") {
  const Contest contest = contest_of(ContestRules::points, {500});
  const Attempts attempts[] = {{40, 1, 39}};  // 19.5 failures to be expected
  const auto points = [&](const ScoreRules& rules) {
    return contest_score(contest, attempts, rules).points;
  };
  CHECK(points({.counting = Counting::expected}) == 150);
  CHECK(points({.counting = Counting::expected, .least_share = 0}) == 0);
  CHECK(points({.counting = Counting::in_order}) == 0);
}

}  // namespace
}  // namespace proctor::graders::rating
