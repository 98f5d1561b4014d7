#include "graders/rating/likelihood.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace proctor::graders::rating {
namespace {

using Outcomes = std::vector<ProblemOutcome>;

constexpr NormalPrior kPrior{1500, 500};

TEST_CASE("likelihood ratings have their worked values") {
  const Outcomes mixed = {{800, 1},  {1000, 1}, {1200, 1}, {1600, 1},
                          {1400, 0}, {1800, 0}, {2000, 0}, {2400, 0}};
  struct Row {
    Outcomes outcomes;
    std::optional<NormalPrior> prior;
    double rating;
    double error;
  };
  const Row kRows[] = {
      {mixed, std::nullopt, 1502.455, 189.48},
      {mixed, kPrior, 1502.147, 177.19},
      {{{1500, 1}, {1500, 0}}, std::nullopt, 1500, 245.67},
      {{{1600, 1}, {1600, 1}, {1600, 1}, {1600, 0}}, std::nullopt, 1790.849, 200.59},
      {{{800, 1}, {1200, 1}, {2000, 1}}, kPrior, 2075.598, 287.04},
      {{{800, 0}, {1200, 0}}, kPrior, 759.174, 263.33},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.rating);
    const std::optional<LikelihoodRating> found = likelihood_rating(row.outcomes, row.prior);
    REQUIRE(found);
    CHECK(std::abs(found->rating - row.rating) <= 0.0005);
    CHECK(std::abs(found->error - row.error) <= 0.005);
  }
}

TEST_CASE("a share of the attempts counts as a share of a solution") {
  const Outcomes outcomes = {{1500, 6.0 / 8}, {2000, 2.0 / 8}};
  const std::optional<LikelihoodRating> found = likelihood_rating(outcomes, std::nullopt);
  REQUIRE(found);
  CHECK(found->rating == doctest::Approx(1750).epsilon(1e-12));
}

TEST_CASE("all solved or nothing solved has no rating without a prior") {
  CHECK_FALSE(likelihood_rating(Outcomes{{800, 1}, {1200, 1}}, std::nullopt));
  CHECK_FALSE(likelihood_rating(Outcomes{{800, 0}, {1200, 0}}, std::nullopt));
  CHECK_FALSE(likelihood_rating(Outcomes{}, std::nullopt));
  CHECK(likelihood_rating(Outcomes{{800, 1}, {1200, 0.5}}, std::nullopt));
}

TEST_CASE("without outcomes the prior is all there is") {
  const std::optional<LikelihoodRating> found =
      likelihood_rating(Outcomes{}, NormalPrior{1500, 500});
  REQUIRE(found);
  CHECK(found->rating == doctest::Approx(1500).epsilon(1e-12));
  CHECK(found->error == doctest::Approx(500).epsilon(1e-12));
}

}  // namespace
}  // namespace proctor::graders::rating
