// Scores of questions for tests, written as one reads them.
#pragma once

#include <string_view>
#include <vector>

#include "reports/statistics.h"

namespace proctor::reports {

// "1101": one question's samples, right or wrong; '.' is one that is missing.
inline std::vector<QuestionScores> scores_of(const std::vector<std::string_view>& rows) {
  std::vector<QuestionScores> questions;
  for (const std::string_view row : rows) {
    int correct = 0;
    int missing = 0;
    for (const char sample : row) {
      correct += sample == '1' ? 1 : 0;
      missing += sample == '.' ? 1 : 0;
    }
    const int planned = static_cast<int>(row.size());
    questions.push_back(question_scores(correct, planned - missing, planned));
  }
  return questions;
}

}  // namespace proctor::reports
