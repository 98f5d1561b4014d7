// The rating under which outcomes on problems of known difficulty are the likeliest. It needs no
// contest, and is not on a contest rating's scale: Codeforces finds difficulties from what people
// solve within two hours, once. The two never share a table.
#pragma once

#include <optional>
#include <span>

namespace proctor::graders::rating {

// What became of one problem.
struct ProblemOutcome {
  double difficulty = 0;
  double solved = 0;  // 1, 0, or the share of attempts that solved it
};

// What is believed of a rating before any problem.
struct NormalPrior {
  double mean = 1500;
  double deviation = 500;
};

struct LikelihoodRating {
  double rating = 0;
  double error = 0;  // one standard error, from the curvature at the maximum
};

// A problem of difficulty d is solved with probability P = 1 / (1 + 10^((d - rating) / 400)). The
// rating solves sum (solved - P) * ln(10)/400 = (rating - mean) / deviation^2, the right side 0
// without a prior; its error is the inverse root of (ln(10)/400)^2 * sum P (1 - P) + 1/deviation^2.
// Nothing, if there is no maximum: without a prior, when all is solved or nothing is.
std::optional<LikelihoodRating> likelihood_rating(std::span<const ProblemOutcome> outcomes,
                                                  const std::optional<NormalPrior>& prior);

}  // namespace proctor::graders::rating
