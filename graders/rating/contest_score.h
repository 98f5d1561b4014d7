// What attempts at a contest's problems are worth by the contest's rules.
//
// Codeforces takes points away as time passes and adds minutes to the penalty; a model has no
// clock, so nothing decays here, which favours it over the contestants. Every attempt counts, also
// one that does not compile or has no program in it, where Codeforces forgives what fails on the
// first test.
#pragma once

#include <span>
#include <vector>

#include "harness/core/contest.h"

namespace proctor::graders::rating {

// The attempts at one problem.
struct Attempts {
  int tried = 0;
  int accepted = 0;
  int failed_first = 0;  // before the first accepted one; all, if there is none

  bool solved() const { return accepted > 0; }
  bool operator==(const Attempts&) const = default;
};

// Counts attempts in their order.
Attempts count_attempts(const std::vector<bool>& accepted);

// Which number of failures an accepted attempt is charged with.
enum class Counting {
  in_order,  // those that came before it
  expected,  // those that would come before it on average, were the attempts shuffled
};

struct ScoreRules {
  Counting counting = Counting::in_order;
  // Under Counting::expected a solved problem keeps at least this share of its points.
  double least_share = 0.3;
};

// How many failures precede the first success if the attempts come in any order:
// (tried - accepted) / (accepted + 1). There must be a success.
double expected_failures(const Attempts& attempts);

struct ContestScore {
  double points = 0;  // under ICPC rules the number of problems solved
  double penalty = 0;
  int solved = 0;

  bool operator==(const ContestScore&) const = default;
};

// The score over all problems, `attempts` being in the order of `contest.problems`. A failure
// before the success costs 50 points, but never more than the problem has, or 10 of penalty.
ContestScore contest_score(const Contest& contest, std::span<const Attempts> attempts,
                           const ScoreRules& rules = {});

}  // namespace proctor::graders::rating
