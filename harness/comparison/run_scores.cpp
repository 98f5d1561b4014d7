#include "harness/comparison/run_scores.h"

#include <optional>

namespace proctor::harness::comparison {
namespace {

using reports::QuestionScores;
using reports::SampleResult;

std::optional<double> yes_or_no(bool known, bool yes) {
  if (!known) return std::nullopt;
  return yes ? 1 : 0;
}

// What tends to move before accuracy does; unset where it is not known of a sample.
struct MeasureEntry {
  const char* name;
  bool share;
  std::optional<double> (*of)(const SampleResult& result);
};

constexpr MeasureEntry kMeasures[] = {
    {"tokens a reply", false,
     [](const SampleResult& r) -> std::optional<double> {
       if (!r.usage.completion) return std::nullopt;
       return static_cast<double>(*r.usage.completion);
     }},
    {"cut at the token limit", true,
     [](const SampleResult& r) {
       return yes_or_no(r.finish && *r.finish != FinishReason::unknown,
                        r.finish == FinishReason::length);
     }},
    {"no answer", true,
     [](const SampleResult& r) {
       return yes_or_no(r.verdict.has_value(), r.verdict == Verdict::no_answer);
     }},
    {"thinking unclosed", true,
     [](const SampleResult& r) {
       return yes_or_no(r.verdict.has_value(), r.thinking == Thinking::unclosed);
     }},
    {"thinking empty", true,
     [](const SampleResult& r) {
       return yes_or_no(r.verdict.has_value(), r.thinking == Thinking::empty);
     }},
    {"thinking absent", true,
     [](const SampleResult& r) {
       return yes_or_no(r.verdict.has_value(), r.thinking == Thinking::absent);
     }},
    {"ends in a loop", true,
     [](const SampleResult& r) {
       return yes_or_no(r.traits.has_value(), r.traits && r.traits->loops);
     }},
    {"mixes scripts", true,
     [](const SampleResult& r) {
       return yes_or_no(r.traits.has_value(), r.traits && r.traits->mixes_scripts);
     }},
};

TaskScores empty_scores(const TaskPlan& plan) {
  const std::vector<QuestionScores> questions(plan.questions.size(), {.planned = plan.repeats});
  TaskScores scores{questions, {}};
  for (const MeasureEntry& entry : kMeasures) {
    scores.measures.push_back({entry.name, entry.share, questions});
  }
  return scores;
}

void add(double value, QuestionScores& question) {
  ++question.decided;
  question.sum += value;
  question.sum_of_squares += value * value;
}

void take(const SampleResult& result, TaskScores& scores) {
  const auto question = static_cast<std::size_t>(result.question);
  if (result.verdict && *result.verdict != Verdict::undecided) {
    add(*result.verdict == Verdict::correct ? 1 : 0, scores.correct.at(question));
  }
  for (std::size_t i = 0; i < scores.measures.size(); ++i) {
    const std::optional<double> value = kMeasures[i].of(result);
    if (value) add(*value, scores.measures[i].questions.at(question));
  }
}

}  // namespace

Result<RunScores> load_run_scores(reports::Store& store, reports::RunId run) {
  Result<reports::RunInfo> info = store.run_info(run);
  if (!info) return info.error();
  Result<RunPlan> plan = store.plan(run);
  if (!plan) return plan.error();
  RunScores scores{std::move(*info), std::move(*plan), {}};
  for (const TaskPlan& task : scores.plan.tasks) scores.tasks.push_back(empty_scores(task));
  const Result<void> visited = store.visit(run, [&](const SampleResult& result) {
    take(result, scores.tasks.at(static_cast<std::size_t>(result.task)));
  });
  if (!visited) return visited.error();
  return scores;
}

}  // namespace proctor::harness::comparison
