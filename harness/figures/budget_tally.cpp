#include "harness/figures/budget_tally.h"

#include <cmath>

namespace proctor::harness::figures {

std::optional<std::int64_t> tokens_to_answer(const reports::SampleResult& result) {
  const std::optional<std::int64_t> all = result.usage.completion;
  if (!all || !result.traits || !result.span) return all;
  const ReplyTraits& traits = *result.traits;
  const auto bytes = static_cast<double>(traits.reasoning_bytes + traits.text_bytes);
  const double until =
      static_cast<double>(traits.reasoning_bytes) + static_cast<double>(result.span->end);
  if (until >= bytes) return all;
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(*all) * until / bytes));
}

BudgetTally::BudgetTally(std::size_t questions, int max_tokens) {
  for (const int part : {8, 4, 2, 1}) {
    if (max_tokens / part < 1) continue;
    limits_.push_back({max_tokens / part, std::vector<int>(questions)});
  }
}

void BudgetTally::take(const reports::SampleResult& result) {
  if (result.verdict != Verdict::correct) return;
  const std::optional<std::int64_t> tokens = tokens_to_answer(result);
  if (!tokens) {
    known_ = false;
    return;
  }
  for (Limit& limit : limits_) {
    if (*tokens <= limit.tokens) ++limit.correct[static_cast<std::size_t>(result.question)];
  }
}

std::vector<reports::BudgetPoint> BudgetTally::points(
    std::span<const reports::QuestionScores> scores) const {
  std::vector<reports::BudgetPoint> points;
  if (!known_) return points;
  for (const Limit& limit : limits_) {
    std::vector<reports::QuestionScores> within;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      within.push_back(
          reports::question_scores(limit.correct[i], scores[i].decided, scores[i].planned));
    }
    points.push_back(
        {limit.tokens, reports::mean_score(within), reports::super_population_error(within)});
  }
  return points;
}

}  // namespace proctor::harness::figures
