// A rating from attempts at the problems of contests, by one of three methods. Their results are
// different quantities, and so are those of two ways of counting: they never share a column.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "graders/rating/contest_score.h"
#include "graders/rating/likelihood.h"
#include "graders/rating/place_rating.h"
#include "harness/core/contest.h"

namespace proctor::graders::rating {

enum class Method {
  rank,        // the rating that is expected to take the place taken; mean over contests
  codeelo,     // the same as CodeElo's program does it, faults included
  likelihood,  // from the problems' difficulties alone, with a normal prior
};

std::string_view name_of(Method method);
std::optional<Method> method_named(std::string_view name);

// What newcomers to Codeforces are worth to its formulas since 2020, whatever is shown. The tests
// show that this, and not the 0 that is shown, reproduces what the site does.
constexpr int kNewcomerWorth = 1400;

struct RateOptions {
  Method method = Method::rank;
  Counting counting = Counting::in_order;
  int newcomer = kNewcomerWorth;  // what a newcomer counts as, under `rank`; codeelo knows none
  NormalPrior prior{};            // of `likelihood`
  std::uint64_t seed = 0;         // of the resampling of contests
};

// One contest, and what was attempted of each of its problems, in their order.
struct ContestAttempts {
  const Contest* contest = nullptr;
  std::vector<Attempts> attempts{};
};

// How one contest went.
struct ContestRating {
  ContestScore score{};
  int place = 1;  // from 1, below all of equal score
  PlaceRating rating{};
};

struct Rating {
  double rating = 0;
  double error = 0;         // over contests, NaN for a single one; under `likelihood` over problems
  double interval_low = 0;  // 95 %, of the same kind
  double interval_high = 0;
  int at_cap = 0;                         // contests
  std::vector<ContestRating> contests{};  // as given; none under `likelihood`
  int problems = 0;  // under `likelihood`: those that were attempted and have a difficulty
  int left_out = 0;  // likewise: attempted, but of no known difficulty
};

// There must be a contest. Under `likelihood` a problem counts as solved if any attempt solved it,
// or with Counting::expected by the share of attempts that did; one without attempts does not
// count.
Rating rate(std::span<const ContestAttempts> contests, const RateOptions& options);

}  // namespace proctor::graders::rating
