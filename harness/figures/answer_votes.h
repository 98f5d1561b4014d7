// The votes of one question's samples with the answers they are for: what graders::count_votes()
// counts, and who voted for what.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graders/metrics.h"

namespace proctor::harness::figures {

struct CountedAnswer {
  std::string answer;  // as the first sample with it put it, in canonical form
  int votes = 0;
  bool right = false;
};

struct AnswerTable {
  std::vector<CountedAnswer> answers;  // in order of first appearance
  std::vector<int> of_vote;            // for each vote its answer, -1 for an abstention
  graders::Ballot ballot;
};

AnswerTable table_of(std::span<const graders::Vote> votes, const graders::SameAnswers& same = {});

}  // namespace proctor::harness::figures
