#include "harness/figures/answer_votes.h"

#include <unordered_map>

namespace proctor::harness::figures {

AnswerTable table_of(std::span<const graders::Vote> votes, const graders::SameAnswers& same) {
  AnswerTable table;
  table.ballot = graders::count_votes(votes, same);

  // A ballot says how many votes each answer has, not whose they are: the wrong answers are told
  // apart here once more, by the same rule.
  std::vector<std::string_view> texts;
  std::unordered_map<std::string_view, std::size_t> place;
  for (const graders::Vote& vote : votes) {
    if (vote.correct || vote.canonical.empty()) continue;
    if (place.try_emplace(vote.canonical, texts.size()).second) texts.push_back(vote.canonical);
  }
  std::vector<std::size_t> firsts(texts.size());
  for (std::size_t i = 0; i < firsts.size(); ++i) firsts[i] = i;
  if (same && texts.size() > 1) firsts = same(texts);

  constexpr int kNone = -1;
  int right = kNone;
  std::vector<int> answer_of(texts.size(), kNone);
  for (const graders::Vote& vote : votes) {
    if (vote.canonical.empty()) {
      table.of_vote.push_back(kNone);
      continue;
    }
    int& answer = vote.correct ? right : answer_of[firsts[place.at(vote.canonical)]];
    if (answer == kNone) {
      answer = static_cast<int>(table.answers.size());
      table.answers.push_back({std::string(vote.canonical), 0, vote.correct});
    }
    ++table.answers[static_cast<std::size_t>(answer)].votes;
    table.of_vote.push_back(answer);
  }
  return table;
}

}  // namespace proctor::harness::figures
