// A task's pass@1 by what its questions have in common: difficulty, platform, subject.
#pragma once

#include <span>
#include <vector>

#include "harness/core/question.h"
#include "reports/report.h"
#include "reports/statistics.h"

namespace proctor::harness::figures {

// One breakdown for each attribute that every question has and that has from 2 to 32 values, in the
// order of the first question's attributes. `scores` has one entry a question.
std::vector<reports::Breakdown> break_down(std::span<const Question> questions,
                                           std::span<const reports::QuestionScores> scores);

}  // namespace proctor::harness::figures
