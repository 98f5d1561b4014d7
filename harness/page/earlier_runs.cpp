#include "harness/page/earlier_runs.h"

#include <algorithm>
#include <map>

#include "reports/statistics.h"

namespace proctor::harness::page {
namespace {

constexpr int kMostRuns = 12;
constexpr std::int64_t kMostSamples = 2'000'000;

std::int64_t samples_of(const RunPlan& plan) {
  std::int64_t samples = 0;
  for (const TaskPlan& task : plan.tasks) {
    samples += static_cast<std::int64_t>(task.questions.size()) * task.repeats;
  }
  return samples;
}

bool same_recipe(const TaskPlan& left, const TaskPlan& right) {
  return left.task == right.task && left.dataset_hash == right.dataset_hash &&
         left.protocol_hash == right.protocol_hash &&
         left.questions.size() == right.questions.size();
}

// The tasks of `earlier` that `plan` has too, by their place in `earlier`.
std::vector<std::size_t> shared_tasks(const RunPlan& earlier, const RunPlan& plan) {
  std::vector<std::size_t> shared;
  for (std::size_t i = 0; i < earlier.tasks.size(); ++i) {
    const bool found = std::any_of(plan.tasks.begin(), plan.tasks.end(), [&](const TaskPlan& task) {
      return same_recipe(earlier.tasks[i], task);
    });
    if (found) shared.push_back(i);
  }
  return shared;
}

// One entry a question, of each task of the run.
using Scores = std::vector<std::vector<reports::QuestionScores>>;

Result<Scores> scores_of(reports::Store& store, reports::RunId run, const RunPlan& plan) {
  struct Counts {
    int correct = 0;
    int decided = 0;
  };
  std::vector<std::vector<Counts>> counts;
  for (const TaskPlan& task : plan.tasks) counts.emplace_back(task.questions.size());
  const Result<void> visited = store.visit(run, [&](const reports::SampleResult& result) {
    if (!result.verdict || result.verdict == Verdict::undecided) return;
    Counts& question = counts.at(static_cast<std::size_t>(result.task))
                           .at(static_cast<std::size_t>(result.question));
    ++question.decided;
    question.correct += result.verdict == Verdict::correct ? 1 : 0;
  });
  if (!visited) return visited.error();
  Scores scores;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    scores.emplace_back();
    for (const Counts& one : counts[i]) {
      scores[i].push_back(
          reports::question_scores(one.correct, one.decided, plan.tasks[i].repeats));
    }
  }
  return scores;
}

}  // namespace

Result<std::vector<EarlierRun>> earlier_runs(reports::Store& store, reports::RunId run,
                                             const RunPlan& plan) {
  const Result<std::vector<reports::RunInfo>> infos = store.runs();
  if (!infos) return infos.error();
  std::vector<EarlierRun> found;
  std::int64_t samples = 0;
  int taken = 0;
  for (auto info = infos->rbegin(); info != infos->rend() && taken < kMostRuns; ++info) {
    if (info->id >= run || info->model != plan.model) continue;
    const Result<RunPlan> earlier = store.plan(info->id);
    if (!earlier) return earlier.error();
    const std::vector<std::size_t> shared = shared_tasks(*earlier, plan);
    if (shared.empty()) continue;
    samples += samples_of(*earlier);
    if (samples > kMostSamples) break;
    const Result<Scores> scores = scores_of(store, info->id, *earlier);
    if (!scores) return scores.error();
    for (const std::size_t task : shared) {
      if (reports::coverage((*scores)[task]) == 0) continue;
      found.push_back({earlier->tasks[task].task,
                       {.run = info->id,
                        .created_at = info->created_at,
                        .model = info->model,
                        .pass_1 = reports::mean_score((*scores)[task]),
                        .error_samples = reports::conditional_error((*scores)[task])}});
    }
    ++taken;
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace proctor::harness::page
