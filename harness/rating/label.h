// What a rating is of, in words. Without them it is worth nothing: the choice of contests, the
// order of attempts and chance each move it by hundreds of points (arXiv:2602.05891).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graders/rating/rate.h"

namespace proctor::harness::rating {

struct RatingBasis {
  std::string test_set;                 // a task, or the file that outcomes came from
  std::string language;                 // of the programs; empty: nobody said
  std::vector<std::string> contests{};  // their ids
  std::vector<std::string> missing{};   // of contests that have questions here and no standings
  int problems_asked = 0;
  int problems_in_all = 0;  // of the contests
  int fewest_attempts = 0;  // at a problem that was asked
  int most_attempts = 0;
};

// "a, b, c".
std::string joined(const std::vector<std::string>& words, std::string_view between);

// Counts what the contests and attempts say of themselves.
RatingBasis basis_of(std::string test_set, std::string language,
                     const std::vector<graders::rating::ContestAttempts>& contests);

// "rank", "rank-expected": what shares a column.
std::string method_label(const graders::rating::RateOptions& options);

// One line: test set, contests, attempts, language, and what newcomers count as.
std::string rating_label(const RatingBasis& basis, const graders::rating::RateOptions& options);

}  // namespace proctor::harness::rating
