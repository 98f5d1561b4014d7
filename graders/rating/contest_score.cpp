#include "graders/rating/contest_score.h"

#include <algorithm>

#include "harness/core/check.h"

namespace proctor::graders::rating {
namespace {

constexpr double kPointsPerFailure = 50;
constexpr double kPenaltyPerFailure = 10;

}  // namespace

Attempts count_attempts(const std::vector<bool>& accepted) {
  Attempts attempts;
  for (const bool success : accepted) {
    ++attempts.tried;
    if (success) ++attempts.accepted;
    if (attempts.accepted == 0) ++attempts.failed_first;
  }
  return attempts;
}

double expected_failures(const Attempts& attempts) {
  check(attempts.solved());
  return static_cast<double>(attempts.tried - attempts.accepted) / (attempts.accepted + 1);
}

ContestScore contest_score(const Contest& contest, std::span<const Attempts> attempts,
                           const ScoreRules& rules) {
  check(attempts.size() == contest.problems.size());
  const bool expected = rules.counting == Counting::expected;
  ContestScore score;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (!attempts[i].solved()) continue;
    ++score.solved;
    const double failures = expected ? expected_failures(attempts[i]) : attempts[i].failed_first;
    if (contest.rules == ContestRules::icpc) {
      score.points += 1;
      score.penalty += kPenaltyPerFailure * failures;
    } else {
      const double points = contest.problems[i].points;
      const double least = expected ? rules.least_share * points : 0;
      score.points += std::max(least, points - kPointsPerFailure * failures);
    }
  }
  return score;
}

}  // namespace proctor::graders::rating
