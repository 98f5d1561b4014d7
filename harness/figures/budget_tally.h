// pass@1 as it would be at lower limits of tokens, from one run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reports/report.h"
#include "reports/statistics.h"
#include "reports/store.h"

namespace proctor::harness::figures {

class BudgetTally {
 public:
  // Looks at an eighth, a quarter and half of `max_tokens`, and at all of it.
  BudgetTally(std::size_t questions, int max_tokens);

  // Takes a sample that is decided; of the others nothing is known.
  void take(const reports::SampleResult& result);

  // With the scores of all decided samples, one entry a question, for the denominators. Empty if
  // the tokens of a correct reply are unknown.
  std::vector<reports::BudgetPoint> points(std::span<const reports::QuestionScores> scores) const;

 private:
  struct Limit {
    std::int64_t tokens = 0;
    std::vector<int> correct;  // within the limit, by question
  };

  std::vector<Limit> limits_;
  bool known_ = true;
};

// How many completion tokens were out when the extracted answer was: all of them if the reply does
// not say where it stands. Unset if nobody counted.
std::optional<std::int64_t> tokens_to_answer(const reports::SampleResult& result);

}  // namespace proctor::harness::figures
