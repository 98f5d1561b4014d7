#include "harness/run/pipeline.h"

#include <utility>

#include "harness/process/console.h"
#include "harness/run/grading.h"
#include "harness/run/store_writer.h"

namespace proctor::harness::run {
namespace {

using reports::Change;

// While more than this waits for its grader, new replies are left in the store, and graded from
// there when all requests are out: a slow grader must neither hold up requests nor fill the memory.
constexpr std::size_t kMostBacklogBytes = 128U << 20;
// Replies read back from the store at a time.
constexpr int kSweepBatch = 64;

class Pipeline : private backends::RequestFeed, private backends::ReplySink {
 public:
  Pipeline(const RunSetup& setup, RunProgress& progress, std::vector<PlannedSample> samples)
      : setup_(setup),
        progress_(progress),
        samples_(std::move(samples)),
        writer_(
            setup.store, [this](std::vector<Change>& group) { committed(group); },
            [this](const Error&) { stop_.request_stop(); }),
        grading_(setup.plan, setup.task_runs, writer_) {}

  Result<void> run(std::stop_token stop);

 private:
  std::optional<backends::Request> next() override;
  backends::Pause pause() const override { return pause_; }
  void started(std::int64_t ticket) override;
  void streamed(std::int64_t, int tokens) override { progress_.tokens += tokens; }
  void retried(std::int64_t, const Error&) override { ++progress_.retries; }
  void noticed(const std::string& text) override { say("proctor: " + text + "\n"); }
  void finished(std::int64_t ticket, Result<Generation> reply, int attempts) override;
  Result<void> stored() override { return writer_.drain(); }

  // On the writer's thread, with what is on the disk now.
  void committed(std::vector<Change>& group);
  void count(const Change& change);

  // Grades what the store holds without a score; with `retry` also what a grader failed at before.
  Result<void> sweep(bool retry);
  backends::Request request_for(const PlannedSample& planned) const;
  // Whether the budget allows for the request; sets its worst case aside, or says in pause_ whether
  // a reply may change that.
  bool has_room(const backends::Request& request);
  // Whether every sample has been asked for.
  bool all_asked();

  const PlannedSample& sample(std::int64_t id) const {
    return samples_[static_cast<std::size_t>(id - samples_.front().id)];
  }

  const RunSetup& setup_;
  RunProgress& progress_;
  const std::vector<PlannedSample> samples_;  // the grid, in order, ids without gaps
  std::size_t next_ = 0;
  std::optional<backends::Request> drawn_;  // the next one, while the budget has no room for it
  backends::Pause pause_ = backends::Pause::ended;
  std::stop_source stop_;
  std::atomic<bool> left_in_store_ = false;
  StoreWriter writer_;
  Grading grading_;
};

bool Pipeline::all_asked() {
  while (next_ < samples_.size() && samples_[next_].state != SampleState::planned) ++next_;
  return next_ == samples_.size();
}

backends::Request Pipeline::request_for(const PlannedSample& planned) const {
  const TaskPlan& task = setup_.plan.tasks[static_cast<std::size_t>(planned.task)];
  const tasks::Protocol& protocol =
      setup_.task_runs[static_cast<std::size_t>(planned.task)].protocol;
  const Question& question = task.questions[static_cast<std::size_t>(planned.question)];
  return backends::Request{
      .ticket = planned.id,
      .task = task.task,
      .question_id = question.id,
      .repeat = planned.repeat,
      .prompt = tasks::render_prompt(protocol, tasks::as_asked(protocol, question, planned.repeat)),
      .sampling = protocol.sampling,
      .seed = planned.seed,
      .limit_includes_prompt = protocol.limit_includes_prompt};
}

bool Pipeline::has_room(const backends::Request& request) {
  spending::Spending* spending = setup_.spending;
  if (spending == nullptr || setup_.backend.has_reply(request)) return true;
  const double most = spending::worst_case(spending->price(), request.prompt, request.sampling);
  if (spending->set_aside(request.ticket, most)) return true;
  // Replies cost less than what was set aside for them: the next one may make room.
  if (spending->any_set_aside()) {
    pause_ = backends::Pause::until_reply;
  } else {
    progress_.out_of_budget = true;
  }
  return false;
}

std::optional<backends::Request> Pipeline::next() {
  pause_ = backends::Pause::ended;
  if (all_asked() || stop_.stop_requested()) return std::nullopt;
  if (!drawn_) drawn_ = request_for(samples_[next_]);
  if (!has_room(*drawn_)) return std::nullopt;
  ++next_;
  return std::exchange(drawn_, std::nullopt);
}

void Pipeline::started(std::int64_t ticket) {
  ++progress_.in_flight;
  writer_.push(reports::SampleStarted{ticket});
}

void Pipeline::finished(std::int64_t ticket, Result<Generation> reply, int attempts) {
  --progress_.in_flight;
  const bool paid = !reply || !reply->from_cache;
  if (setup_.spending != nullptr && paid) {
    setup_.spending->settle(ticket, reply ? &reply->usage : nullptr);
  }
  if (reply) {
    writer_.push(reports::SampleGenerated{ticket, std::move(*reply)});
  } else {
    writer_.push(reports::SampleFailed{ticket, reply.error().message(), attempts});
  }
}

void Pipeline::committed(std::vector<Change>& group) {
  const bool overloaded = grading_.backlog_bytes() > kMostBacklogBytes;
  std::vector<reports::StoredReply> replies;
  for (Change& change : group) {
    count(change);
    auto* generated = std::get_if<reports::SampleGenerated>(&change);
    if (generated == nullptr) continue;
    if (overloaded) {
      left_in_store_ = true;
      continue;
    }
    const PlannedSample& planned = sample(generated->sample);
    replies.push_back({generated->sample,
                       planned.task,
                       planned.question,
                       planned.repeat,
                       std::move(generated->reply),
                       {}});
  }
  grading_.submit(std::move(replies));
}

void Pipeline::count(const Change& change) {
  if (const auto* scored = std::get_if<reports::SampleScored>(&change)) {
    RunProgress::Task& task =
        *progress_.tasks[static_cast<std::size_t>(sample(scored->sample).task)];
    ++task.scored;
    task.correct += scored->score.verdict == Verdict::correct ? 1 : 0;
    task.undecided += scored->score.verdict == Verdict::undecided ? 1 : 0;
    ++progress_.finished;
  } else if (std::holds_alternative<reports::SampleFailed>(change)) {
    ++progress_.failed;
    ++progress_.finished;
  } else if (std::holds_alternative<reports::SampleUngraded>(change)) {
    ++progress_.ungraded;
    ++progress_.finished;
  }
}

Result<void> Pipeline::sweep(bool retry) {
  // The writer owns the store while it has work; between drains nobody else does.
  std::int64_t after = 0;
  while (!stop_.stop_requested()) {
    Result<std::vector<reports::StoredReply>> replies =
        setup_.store.unscored(setup_.run, retry, after, kSweepBatch);
    if (!replies) return replies.error();
    if (replies->empty()) return {};
    after = replies->back().sample;
    grading_.submit(std::move(*replies));
    grading_.wait();
    const Result<void> drained = writer_.drain();
    if (!drained) return drained;
  }
  return {};
}

Result<void> Pipeline::run(std::stop_token stop) {
  const std::stop_callback forward(stop, [this] { stop_.request_stop(); });
  Result<void> done = sweep(/*retry=*/true);
  if (done) done = setup_.backend.serve(*this, *this, stop_.get_token());
  // Every reply on its way is committed and graded, whatever ended the serving.
  Result<void> drained = writer_.drain();
  grading_.wait();
  if (drained) drained = writer_.drain();
  if (drained && done && left_in_store_) done = sweep(/*retry=*/false);
  if (!drained) {
    const std::size_t dropped = writer_.dropped();
    return Error(drained.error().code(),
                 drained.error().message() + "; " + std::to_string(dropped) +
                     " changes could not be stored and will be made again on resuming");
  }
  const Result<std::int64_t> released = setup_.store.replan(setup_.run, SampleState::in_flight);
  if (!released) return released.error();
  if (!done) return done;
  const bool cut_short = *released > 0 || !all_asked();
  if (stop.stop_requested() && cut_short) return Error(ErrorCode::interrupted, "interrupted");
  return {};
}

}  // namespace

RunProgress::RunProgress(const RunPlan& plan) {
  for (const TaskPlan& task : plan.tasks) {
    tasks.push_back(std::make_unique<Task>());
    tasks.back()->name = task.task;
    tasks.back()->planned =
        static_cast<std::int64_t>(task.questions.size()) * std::int64_t{task.repeats};
  }
}

Result<void> charge_stored_replies(reports::Store& store, reports::RunId run, const RunPlan& plan,
                                   const std::vector<grading::TaskRun>& task_runs, bool had_batches,
                                   spending::Spending& spending) {
  return store.visit(run, [&](const reports::SampleResult& result) {
    if (!result.finish || result.from_cache) return;
    // A run may have been asked in both ways. A reply out of a batch has no time of its own; at
    // once not even a server next door answers.
    const spending::Price& price = spending.price(had_batches && result.total_ms == 0);
    if (result.usage.prompt && result.usage.completion) {
      spending.charge(spending::cost_of(price, result.usage));
      return;
    }
    const auto task = static_cast<std::size_t>(result.task);
    const tasks::Protocol& protocol = task_runs[task].protocol;
    const Question& question =
        plan.tasks[task].questions[static_cast<std::size_t>(result.question)];
    const Prompt prompt =
        tasks::render_prompt(protocol, tasks::as_asked(protocol, question, result.repeat));
    spending.charge(spending::worst_case(price, prompt, protocol.sampling));
  });
}

Result<void> run_pipeline(const RunSetup& setup, RunProgress& progress, std::stop_token stop) {
  for (const SampleState left : {SampleState::in_flight, SampleState::failed}) {
    const Result<std::int64_t> replanned = setup.store.replan(setup.run, left);
    if (!replanned) return replanned.error();
  }
  Result<std::vector<PlannedSample>> samples = setup.store.samples(setup.run);
  if (!samples) return samples.error();
  if (samples->empty()) return {};
  const Result<void> counted =
      setup.store.visit(setup.run, [&](const reports::SampleResult& result) {
        RunProgress::Task& task = *progress.tasks[static_cast<std::size_t>(result.task)];
        if (!result.verdict) return;
        ++task.scored;
        task.correct += *result.verdict == Verdict::correct ? 1 : 0;
        task.undecided += *result.verdict == Verdict::undecided ? 1 : 0;
      });
  if (!counted) return counted.error();
  if (setup.spending != nullptr) {
    const Result<void> charged = charge_stored_replies(
        setup.store, setup.run, setup.plan, setup.task_runs, setup.had_batches, *setup.spending);
    if (!charged) return charged.error();
  }
  Pipeline pipeline(setup, progress, std::move(*samples));
  return pipeline.run(std::move(stop));
}

}  // namespace proctor::harness::run
