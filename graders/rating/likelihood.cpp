#include "graders/rating/likelihood.h"

#include <algorithm>
#include <cmath>

#include "graders/rating/place_rating.h"

namespace proctor::graders::rating {
namespace {

const double kScale = std::log(10.0) / 400;  // of the model's exponent

// The derivative of the logarithm of what is maximised. It falls as the rating rises.
double slope(double rating, std::span<const ProblemOutcome> outcomes,
             const std::optional<NormalPrior>& prior) {
  double sum = 0;
  for (const ProblemOutcome& outcome : outcomes) {
    sum += kScale * (outcome.solved - chance_ahead(rating, outcome.difficulty));
  }
  if (prior) sum -= (rating - prior->mean) / (prior->deviation * prior->deviation);
  return sum;
}

double information(double rating, std::span<const ProblemOutcome> outcomes,
                   const std::optional<NormalPrior>& prior) {
  double sum = 0;
  for (const ProblemOutcome& outcome : outcomes) {
    const double chance = chance_ahead(rating, outcome.difficulty);
    sum += kScale * kScale * chance * (1 - chance);
  }
  if (prior) sum += 1 / (prior->deviation * prior->deviation);
  return sum;
}

bool has_maximum(std::span<const ProblemOutcome> outcomes) {
  double solved = 0;
  for (const ProblemOutcome& outcome : outcomes) solved += outcome.solved;
  return solved > 0 && solved < static_cast<double>(outcomes.size());
}

}  // namespace

std::optional<LikelihoodRating> likelihood_rating(std::span<const ProblemOutcome> outcomes,
                                                  const std::optional<NormalPrior>& prior) {
  if (!prior && !has_maximum(outcomes)) return std::nullopt;
  double low = -1;
  double high = 1;
  while (slope(low, outcomes, prior) < 0) low *= 2;
  while (slope(high, outcomes, prior) > 0) high *= 2;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) {
      return LikelihoodRating{middle, 1 / std::sqrt(information(middle, outcomes, prior))};
    }
    (slope(middle, outcomes, prior) > 0 ? low : high) = middle;
  }
}

}  // namespace proctor::graders::rating
