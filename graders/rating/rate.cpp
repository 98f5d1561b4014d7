#include "graders/rating/rate.h"

#include "graders/rating/over_contests.h"
#include "harness/core/check.h"

namespace proctor::graders::rating {
namespace {

struct MethodName {
  Method method;
  std::string_view name;
};

constexpr MethodName kMethods[] = {
    {Method::rank, "rank"}, {Method::codeelo, "codeelo"}, {Method::likelihood, "likelihood"}};

constexpr double kTwoSided95 = 1.959963984540054;  // of the normal distribution

ScoreRules score_rules(const RateOptions& options) {
  ScoreRules rules{.counting = options.counting};
  if (options.method == Method::codeelo) rules.least_share = 0;  // as its code has it
  return rules;
}

ContestRating rate_contest(const ContestAttempts& one, const RateOptions& options) {
  ContestRating result;
  result.score = contest_score(*one.contest, one.attempts, score_rules(options));
  const int ahead = ahead_of(*one.contest, result.score);
  result.place = ahead + 1;
  if (options.method == Method::codeelo) {
    result.rating = codeelo_rating(ahead, Opponents(*one.contest, kNewcomer));
  } else {
    result.rating = rating_for_place(result.place, Opponents(*one.contest, options.newcomer));
  }
  return result;
}

Rating rate_by_places(std::span<const ContestAttempts> contests, const RateOptions& options) {
  Rating result;
  std::vector<double> ratings;
  for (const ContestAttempts& one : contests) {
    result.contests.push_back(rate_contest(one, options));
    const PlaceRating& rating = result.contests.back().rating;
    ratings.push_back(rating.rating);
    result.at_cap += rating.at_cap ? 1 : 0;
  }
  const RatingMean mean = mean_over_contests(ratings, options.seed);
  result.rating = mean.rating;
  result.error = mean.error;
  result.interval_low = mean.interval_low;
  result.interval_high = mean.interval_high;
  return result;
}

Rating rate_by_difficulties(std::span<const ContestAttempts> contests, const RateOptions& options) {
  Rating result;
  std::vector<ProblemOutcome> outcomes;
  for (const ContestAttempts& one : contests) {
    check(one.attempts.size() == one.contest->problems.size());
    for (std::size_t i = 0; i < one.attempts.size(); ++i) {
      const Attempts& attempts = one.attempts[i];
      const std::optional<int>& difficulty = one.contest->problems[i].rating;
      if (attempts.tried == 0) continue;
      if (!difficulty) {
        ++result.left_out;
        continue;
      }
      const bool expected = options.counting == Counting::expected;
      const double share = static_cast<double>(attempts.accepted) / attempts.tried;
      outcomes.push_back({static_cast<double>(*difficulty),
                          expected ? share : static_cast<double>(attempts.solved())});
    }
  }
  result.problems = static_cast<int>(outcomes.size());
  const std::optional<LikelihoodRating> found = likelihood_rating(outcomes, options.prior);
  check(found.has_value());  // with a prior there always is a maximum
  result.rating = found->rating;
  result.error = found->error;
  result.interval_low = found->rating - kTwoSided95 * found->error;
  result.interval_high = found->rating + kTwoSided95 * found->error;
  return result;
}

}  // namespace

std::string_view name_of(Method method) {
  for (const MethodName& entry : kMethods) {
    if (entry.method == method) return entry.name;
  }
  check(false);
  return "";
}

std::optional<Method> method_named(std::string_view name) {
  for (const MethodName& entry : kMethods) {
    if (entry.name == name) return entry.method;
  }
  return std::nullopt;
}

Rating rate(std::span<const ContestAttempts> contests, const RateOptions& options) {
  check(!contests.empty());
  return options.method == Method::likelihood ? rate_by_difficulties(contests, options)
                                              : rate_by_places(contests, options);
}

}  // namespace proctor::graders::rating
