#include "harness/run/regrading.h"

#include <utility>

#include "graders/reply_traits.h"
#include "harness/grading/score_limits.h"
#include "harness/plan/fingerprint.h"
#include "harness/plan/server_facts.h"
#include "harness/plan/stored_plan.h"
#include "harness/process/worker_pool.h"

namespace proctor::harness::run {
namespace {

using reports::ScoredReply;

constexpr int kGroup = 512;  // replies that are graded, and stored, together

std::size_t place(Verdict verdict) { return static_cast<std::size_t>(verdict); }

// Today's scores of a group; an Error where there is none.
std::vector<Result<Score>> grade_group(WorkerPool& workers, const RunPlan& plan,
                                       const std::vector<grading::TaskRun>& task_runs,
                                       const std::vector<ScoredReply>& group) {
  std::vector<Result<Score>> scores(group.size(), Error(ErrorCode::interrupted, "not graded"));
  workers.for_each(group.size(), [&](std::size_t i) {
    const reports::StoredReply& stored = group[i].stored;
    if (stored.damage) {
      scores[i] = *stored.damage;
      return;
    }
    const auto task = static_cast<std::size_t>(stored.task);
    const Question question = tasks::as_asked(
        task_runs[task].protocol,
        plan.tasks[task].questions[static_cast<std::size_t>(stored.question)], stored.repeat);
    scores[i] = task_runs[task].grader->grade(question, stored.reply);
    if (scores[i]) grading::limit_texts(*scores[i]);
  });
  return scores;
}

void count(RegradedTask& task, const Question& question, const ScoredReply& before,
           const Result<Score>& after) {
  ++task.replies;
  if (!after) {
    ++task.errors;
    return;
  }
  ++task.moves[place(before.verdict)][place(after->verdict)];
  if (before.verdict == after->verdict) return;
  task.changed.push_back({before.stored.sample, question.id, before.stored.repeat, before.verdict,
                          after->verdict, before.extracted, after->extracted, before.explanation,
                          after->explanation});
}

// The traits too: an older proctor may have graded the run, which knew none.
Result<void> store_group(reports::Store& store, const RunPlan& plan,
                         const std::vector<grading::TaskRun>& task_runs,
                         const std::vector<ScoredReply>& group, std::vector<Result<Score>> scores) {
  std::vector<reports::Change> changes;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!scores[i]) continue;
    const reports::StoredReply& stored = group[i].stored;
    const auto task = static_cast<std::size_t>(stored.task);
    const auto question = static_cast<std::size_t>(stored.question);
    changes.push_back(reports::SampleExamined{
        stored.sample, graders::reply_traits(plan.tasks[task].questions[question], stored.reply,
                                             task_runs[task].think_prefilled)});
    changes.push_back(reports::SampleRescored{stored.sample, std::move(*scores[i]),
                                              std::string(task_runs[task].grader->id())});
  }
  return store.commit(changes);
}

}  // namespace

std::int64_t RegradedTask::correct_before() const {
  std::int64_t correct = 0;
  for (const std::int64_t moved : moves[place(Verdict::correct)]) correct += moved;
  return correct;
}

std::int64_t RegradedTask::correct_after() const {
  std::int64_t correct = 0;
  for (const auto& from : moves) correct += from[place(Verdict::correct)];
  return correct;
}

Result<std::vector<RegradedTask>> regrade(reports::Store& store, reports::RunId run,
                                          const RunPlan& plan,
                                          const std::vector<grading::TaskRun>& task_runs,
                                          bool apply) {
  std::vector<RegradedTask> tasks;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    RegradedTask task;
    task.task = plan.tasks[i].task;
    task.grader_before = plan.tasks[i].grader;
    task.grader_after = task_runs[i].grader->id();
    tasks.push_back(std::move(task));
  }
  if (apply) {
    const Result<RunPlan> regraded = plan_with_graders(plan, task_runs);
    if (!regraded) return regraded.error();
    const Result<void> marked = store.set_graders(run, *regraded);
    if (!marked) return marked.error();
  }
  WorkerPool workers;
  std::int64_t after = 0;
  while (true) {
    const Result<std::vector<ScoredReply>> group = store.scored(run, after, kGroup);
    if (!group) return group.error();
    if (group->empty()) return tasks;
    after = group->back().stored.sample;
    std::vector<Result<Score>> scores = grade_group(workers, plan, task_runs, *group);
    for (std::size_t i = 0; i < group->size(); ++i) {
      const reports::StoredReply& stored = (*group)[i].stored;
      const auto task = static_cast<std::size_t>(stored.task);
      const auto question = static_cast<std::size_t>(stored.question);
      count(tasks[task], plan.tasks[task].questions[question], (*group)[i], scores[i]);
    }
    if (!apply) continue;
    const Result<void> stored = store_group(store, plan, task_runs, *group, std::move(scores));
    if (!stored) return stored.error();
  }
}

Result<RunPlan> plan_with_graders(const RunPlan& plan,
                                  const std::vector<grading::TaskRun>& task_runs) {
  const Result<plan::StoredRequest> request = plan::stored_request(plan);
  if (!request) return request.error();
  RunPlan regraded = plan;
  for (std::size_t i = 0; i < regraded.tasks.size(); ++i) {
    TaskPlan& task = regraded.tasks[i];
    task.grader = task_runs[i].grader->id();
    task.protocol_hash = tasks::protocol_hash(task_runs[i].protocol, task.grader);
    task.protocol_json = tasks::protocol_json(task_runs[i].protocol, task.grader);
  }
  regraded.fingerprint = plan::run_fingerprint(regraded, request->server, request->think_prefilled,
                                               plan::stored_server_facts(regraded).lasting);
  return regraded;
}

}  // namespace proctor::harness::run
