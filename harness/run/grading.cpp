#include "harness/run/grading.h"

#include <algorithm>

#include "graders/reply_traits.h"
#include "harness/grading/score_limits.h"

namespace proctor::harness::run {
namespace {

// Replies a task grades: enough to make its start worth it, few enough to spread.
constexpr std::size_t kPerTask = 32;

std::size_t bytes_of(const std::vector<reports::StoredReply>& replies) {
  std::size_t bytes = 0;
  for (const reports::StoredReply& stored : replies) {
    bytes += stored.reply.text.size() + stored.reply.reasoning.size();
  }
  return bytes;
}

}  // namespace

Grading::Grading(const RunPlan& plan, const std::vector<grading::TaskRun>& task_runs,
                 StoreWriter& writer)
    : plan_(plan), task_runs_(task_runs), writer_(writer) {}

Grading::~Grading() { wait(); }

void Grading::submit(std::vector<reports::StoredReply> replies) {
  for (std::size_t begin = 0; begin < replies.size(); begin += kPerTask) {
    const std::size_t end = std::min(begin + kPerTask, replies.size());
    std::vector<reports::StoredReply> part(
        std::make_move_iterator(replies.begin() + static_cast<std::ptrdiff_t>(begin)),
        std::make_move_iterator(replies.begin() + static_cast<std::ptrdiff_t>(end)));
    backlog_bytes_ += bytes_of(part);
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(part));
      ++unfinished_;
    }
    workers_.post([](void* self) { static_cast<Grading*>(self)->grade_next(); }, this);
  }
}

void Grading::wait() {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return unfinished_ == 0; });
}

void Grading::grade_next() {
  std::vector<reports::StoredReply> replies;
  {
    const std::lock_guard lock(mutex_);
    replies = std::move(waiting_.back());
    waiting_.pop_back();
  }
  const std::size_t bytes = bytes_of(replies);
  for (const reports::StoredReply& reply : replies) examine_and_grade(reply);
  backlog_bytes_ -= bytes;
  const std::lock_guard lock(mutex_);
  if (--unfinished_ == 0) finished_.notify_all();
}

void Grading::examine_and_grade(const reports::StoredReply& stored) {
  const auto task = static_cast<std::size_t>(stored.task);
  if (stored.damage) {
    writer_.push(
        reports::SampleUngraded{stored.sample, "stored reply: " + stored.damage->message()});
    return;
  }
  const grading::TaskRun& run = task_runs_[task];
  const Question question = tasks::as_asked(
      run.protocol, plan_.tasks[task].questions[static_cast<std::size_t>(stored.question)],
      stored.repeat);
  writer_.push(reports::SampleExamined{
      stored.sample, graders::reply_traits(question, stored.reply, run.think_prefilled)});
  writer_.push(grade(question, stored));
}

reports::Change Grading::grade(const Question& question, const reports::StoredReply& stored) const {
  const graders::Grader& grader = *task_runs_[static_cast<std::size_t>(stored.task)].grader;
  Result<Score> score = grader.grade(question, stored.reply);
  if (!score) return reports::SampleUngraded{stored.sample, score.error().message()};
  grading::limit_texts(*score);
  return reports::SampleScored{stored.sample, std::move(*score), std::string(grader.id())};
}

}  // namespace proctor::harness::run
