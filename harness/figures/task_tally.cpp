#include "harness/figures/task_tally.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>

#include "graders/grader.h"
#include "harness/exchange/redaction.h"
#include "harness/figures/breakdown.h"
#include "harness/grading/tools.h"
#include "harness/rating/contest_rating.h"
#include "reports/statistics.h"
#include "tasks/task.h"

namespace proctor::harness::figures {
namespace {

using reports::Metric;
using reports::QuestionScores;
using reports::SampleResult;
using reports::TaskSummary;

// The run's own limit of tokens; 0 for a plan whose protocol this program cannot read.
int most_tokens(const TaskPlan& plan) {
  const Result<tasks::Protocol> protocol = tasks::parse_protocol(plan.protocol_json);
  return protocol ? protocol->sampling.max_tokens : 0;
}

}  // namespace

TaskTally::TaskTally(const TaskPlan& plan, std::optional<spending::Price> price)
    : plan_(plan),
      replies_(plan.questions.size(), price),
      budgets_(plan.questions.size(), most_tokens(plan)),
      questions_(plan.questions.size()) {
  summary_.task = plan.task;
  summary_.protocol = plan.protocol;
  summary_.grader = plan.grader;
  summary_.questions = static_cast<std::int64_t>(plan.questions.size());
  summary_.repeats = plan.repeats;
  if (plan.attachments.empty()) return;
  attempts_.assign(plan.questions.size(),
                   std::vector<std::optional<bool>>(static_cast<std::size_t>(plan.repeats)));
}

void TaskTally::take(const SampleResult& result) {
  take_state(result);
  if (result.finish) replies_.take(result);
  if (result.verdict) take_score(result);
}

void TaskTally::take_state(const SampleResult& result) {
  switch (result.state) {
    case SampleState::planned:
      ++summary_.planned;
      break;
    case SampleState::in_flight:
      ++summary_.in_flight;
      break;
    case SampleState::generated:
      ++summary_.generated;
      break;
    case SampleState::scored:
      ++summary_.scored;
      break;
    case SampleState::ungraded:
      ++summary_.ungraded;
      add_reason("ungraded: ", result.reason);
      break;
    case SampleState::failed:
      ++summary_.failed;
      add_reason("failed: ", result.reason);
      break;
  }
  if (result.attempts > 1) summary_.repeated_requests += result.attempts - 1;
}

// Reasons may carry request ids and so be all different: the first ones stand for the others.
void TaskTally::add_reason(std::string_view state, const std::string& why) {
  constexpr std::size_t kMostReasons = 10;
  const std::string reason =
      std::string(state) +
      (exchange::withholds_texts(plan_.task, false) ? exchange::withheld_reason(why) : why);
  const bool listed = summary_.reasons.contains(reason) || summary_.reasons.size() < kMostReasons;
  ++summary_.reasons[listed ? reason : "other reasons"];
}

void TaskTally::take_score(const SampleResult& result) {
  const bool correct = *result.verdict == Verdict::correct;
  switch (*result.verdict) {
    case Verdict::correct:
      ++summary_.correct;
      break;
    case Verdict::wrong:
      ++summary_.wrong;
      break;
    case Verdict::no_answer:
      ++summary_.no_answer;
      break;
    case Verdict::undecided:
      ++summary_.undecided;
      return;  // neither right nor wrong: missing, with bounds
  }
  QuestionTally& question = questions_[static_cast<std::size_t>(result.question)];
  ++question.decided;
  question.correct += correct ? 1 : 0;
  budgets_.take(result);
  if (!attempts_.empty()) {
    attempts_[static_cast<std::size_t>(result.question)][static_cast<std::size_t>(result.repeat)] =
        correct;
  }
  question.votes.emplace_back(result.canonical, correct);
  // Scored elsewhere, without saying what was answered: there is nothing to vote about.
  if (correct && result.canonical.empty()) votes_ = false;
}

// The mean over the questions for which the metric is defined.
Metric TaskTally::mean_over_questions(
    std::string name, const std::function<double(const QuestionTally&)>& value) const {
  double sum = 0;
  std::int64_t defined = 0;
  for (const QuestionTally& question : questions_) {
    const double one = value(question);
    if (std::isnan(one)) continue;
    sum += one;
    ++defined;
  }
  const double mean =
      defined == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(defined);
  return {std::move(name), mean, defined};
}

// By the task's grader as it is today, since it alone knows which answers are the same. A name that
// this program does not know has none: then texts that differ are answers that differ.
void TaskTally::count_votes() {
  const Result<tasks::Protocol> protocol = tasks::parse_protocol(plan_.protocol_json);
  std::unique_ptr<graders::Grader> grader;
  if (protocol) {
    votes_ = votes_ && !grading::grades_programs(*protocol);
    Result<std::unique_ptr<graders::Grader>> made = graders::make_grader(protocol->grader, {});
    if (made) grader = std::move(*made);
  }
  graders::SameAnswers same;
  if (grader) {
    same = [&](std::span<const std::string_view> answers) { return grader->same_answers(answers); };
  }
  for (QuestionTally& question : questions_) {
    std::vector<graders::Vote> votes;
    for (const auto& [canonical, correct] : question.votes) votes.push_back({canonical, correct});
    question.ballot = graders::count_votes(votes, same);
  }
}

void TaskTally::add_metrics() {
  std::vector<int> widths;
  for (int k = 2; k < plan_.repeats; k *= 2) widths.push_back(k);
  if (plan_.repeats > 1) widths.push_back(plan_.repeats);
  for (const int k : widths) {
    summary_.metrics.push_back(
        mean_over_questions(fmt::format("pass@{}", k), [k](const QuestionTally& question) {
          return graders::pass_at_k(question.decided, question.correct, k);
        }));
  }
  if (!votes_) return;  // no two programs are one answer
  for (const int k : widths) {
    summary_.metrics.push_back(
        mean_over_questions(fmt::format("cons@{}", k), [k](const QuestionTally& question) {
          if (question.decided < k) return std::numeric_limits<double>::quiet_NaN();
          return graders::expected_consensus(question.ballot, k);
        }));
  }
}

Result<TaskSummary> TaskTally::finish() {
  std::vector<QuestionScores> scores;
  for (const QuestionTally& question : questions_) {
    scores.push_back(reports::question_scores(question.correct, question.decided, plan_.repeats));
  }
  summary_.pass_1 = reports::mean_score(scores);
  summary_.error_questions = reports::super_population_error(scores);
  summary_.error_samples = reports::conditional_error(scores);
  const auto decided = static_cast<int>(std::count_if(
      questions_.begin(), questions_.end(), [](const QuestionTally& q) { return q.decided > 0; }));
  const reports::Interval interval =
      plan_.repeats == 1 && decided > 0
          ? reports::wilson_interval(summary_.pass_1, decided)
          : reports::t_interval(summary_.pass_1, summary_.error_questions, decided);
  summary_.interval_low = interval.low;
  summary_.interval_high = interval.high;
  summary_.coverage = reports::coverage(scores);
  const reports::Interval bounds = reports::coverage_bounds(scores);
  summary_.bound_low = bounds.low;
  summary_.bound_high = bounds.high;
  replies_.write(summary_);
  summary_.budgets = budgets_.points(scores);
  summary_.breakdowns = break_down(plan_.questions, scores);
  if (plan_.repeats > 1) count_votes();
  add_metrics();
  Result<std::optional<reports::RatingSummary>> rating = rating::contest_rating(plan_, attempts_);
  if (!rating) return rating.error().within("task " + plan_.task);
  summary_.rating = std::move(*rating);
  return std::move(summary_);
}

}  // namespace proctor::harness::figures
