#include "harness/figures/reply_tally.h"

#include <algorithm>

namespace proctor::harness::figures {
namespace {

using reports::SampleResult;

void count(reports::Share& share, bool part) {
  ++share.of;
  share.part += part ? 1 : 0;
}

}  // namespace

void ReplyTally::take(const SampleResult& result) {
  ++counts_.replies;
  if (result.from_cache) {
    ++counts_.from_cache;
    ++cost_.replies;  // it is known to have cost nothing
  }
  take_finish(*result.finish);
  take_tokens(result);
  take_traits(result);
  if (result.verdict) take_thinking(result);
  if (!result.verdict || result.verdict == Verdict::undecided) return;
  const bool correct = result.verdict == Verdict::correct;
  correct_ += correct ? 1 : 0;
  if (result.finish == FinishReason::stop) count(counts_.correct_finished, correct);
  if (result.finish == FinishReason::length) count(counts_.correct_cut, correct);
}

void ReplyTally::take_finish(FinishReason finish) {
  switch (finish) {
    case FinishReason::stop:
      ++counts_.stop;
      break;
    case FinishReason::length:
      ++counts_.length;
      break;
    case FinishReason::content_filter:
      ++counts_.content_filter;
      break;
    case FinishReason::empty:
      ++counts_.empty;
      break;
    case FinishReason::repetition:
      ++counts_.repetition;
      break;
    case FinishReason::unknown:
      ++counts_.unknown_finish;
      break;
  }
}

void ReplyTally::take_thinking(const SampleResult& result) {
  switch (result.thinking) {
    case Thinking::closed:
      ++counts_.thinking_closed;
      break;
    case Thinking::unclosed:
      ++counts_.thinking_unclosed;
      break;
    case Thinking::empty:
      ++counts_.thinking_empty;
      break;
    case Thinking::absent:
      ++counts_.thinking_absent;
      counts_.cut_without_thinking += result.finish == FinishReason::length ? 1 : 0;
      break;
  }
}

void ReplyTally::take_tokens(const SampleResult& result) {
  if (!result.usage.completion) return;
  tokens_ += *result.usage.completion;
  ++replies_with_tokens_;
  if (!price_ || !result.usage.prompt || result.from_cache) return;
  cost_.usd += spending::cost_of(*price_, result.usage);
  ++cost_.replies;
}

void ReplyTally::take_traits(const SampleResult& result) {
  if (!result.traits) return;
  const ReplyTraits& traits = *result.traits;
  count(counts_.loops, traits.loops);
  count(counts_.mixes_scripts, traits.mixes_scripts);
  if (traits.text_bytes + traits.reasoning_bytes < kLongReplyBytes) return;
  if (question_ != result.question) {
    question_ = result.question;
    hashes_.clear();
  }
  const bool seen = std::find(hashes_.begin(), hashes_.end(), traits.hash) != hashes_.end();
  count(counts_.duplicates, seen);
  if (!seen) hashes_.push_back(traits.hash);
}

void ReplyTally::write(reports::TaskSummary& summary) const {
  summary.replies = counts_.replies;
  summary.from_cache = counts_.from_cache;
  summary.stop = counts_.stop;
  summary.length = counts_.length;
  summary.content_filter = counts_.content_filter;
  summary.empty = counts_.empty;
  summary.repetition = counts_.repetition;
  summary.unknown_finish = counts_.unknown_finish;
  summary.thinking_closed = counts_.thinking_closed;
  summary.thinking_unclosed = counts_.thinking_unclosed;
  summary.thinking_empty = counts_.thinking_empty;
  summary.thinking_absent = counts_.thinking_absent;
  summary.cut_without_thinking = counts_.cut_without_thinking;
  summary.correct_finished = counts_.correct_finished;
  summary.correct_cut = counts_.correct_cut;
  summary.loops = counts_.loops;
  summary.mixes_scripts = counts_.mixes_scripts;
  summary.duplicates = counts_.duplicates;
  if (price_ && counts_.replies > 0) summary.cost = cost_;
  if (replies_with_tokens_ == 0) return;
  const auto tokens = static_cast<double>(tokens_);
  summary.tokens_per_reply = tokens / static_cast<double>(replies_with_tokens_);
  if (replies_with_tokens_ != counts_.replies) return;
  if (questions_ > 0) summary.tokens_per_question = tokens / static_cast<double>(questions_);
  if (correct_ > 0) summary.tokens_per_correct = tokens / static_cast<double>(correct_);
}

}  // namespace proctor::harness::figures
