#include "graders/final_answer.h"

#include <utility>

#include "graders/think.h"

namespace proctor::graders {

namespace {

void take(Judgement judgement, const std::string& rung, Score& score) {
  score.verdict = judgement.verdict;
  score.canonical = std::move(judgement.canonical);
  score.explanation = rung + ": " + judgement.how;
}

}  // namespace

Score score_final_answer(
    const Generation& reply, const GraderOptions& options,
    const std::function<std::optional<FoundAnswer>(std::string_view text)>& find,
    std::string_view nothing_found,
    const std::function<Judgement(const FoundAnswer& answer)>& judge) {
  const ThinkSplit split = split_thinking(reply, options.think_prefilled);
  Score score;
  score.verdict = Verdict::no_answer;
  score.thinking = split.state;
  if (std::optional<std::string> reason = why_nothing_is_final(reply, split)) {
    score.explanation = std::move(*reason);
    return score;
  }
  const std::string_view text = reply.text;
  const std::size_t begin = split.answer.begin;
  const std::optional<FoundAnswer> found = find(text.substr(begin, split.answer.end - begin));
  if (!found) {
    score.explanation = nothing_found;
    return score;
  }
  score.span = Span{begin + found->span.begin, begin + found->span.end};
  score.extracted = text.substr(score.span->begin, score.span->end - score.span->begin);

  take(judge(*found), found->rung, score);
  return score;
}

Score score_whole_reply(
    const Generation& reply, const GraderOptions& options,
    const std::function<std::optional<FoundAnswer>(std::string_view text)>& find,
    std::string_view nothing_found,
    const std::function<Judgement(const FoundAnswer& answer)>& judge) {
  Score score;
  score.verdict = Verdict::no_answer;
  score.thinking = split_thinking(reply, options.think_prefilled).state;
  const std::string apart = reply.reasoning.empty() ? "" : reply.reasoning + "\n</think>\n\n";
  const std::string text = apart + reply.text;
  const std::optional<FoundAnswer> found = find(text);
  if (!found) {
    score.explanation = nothing_found;
    return score;
  }
  score.extracted = text.substr(found->span.begin, found->span.end - found->span.begin);
  if (found->span.begin >= apart.size()) {
    score.span = Span{found->span.begin - apart.size(), found->span.end - apart.size()};
  }
  take(judge(*found), found->rung, score);
  return score;
}

}  // namespace proctor::graders
