#include "harness/exchange/outgoing_run.h"

#include <algorithm>
#include <utility>

#include "harness/exchange/redaction.h"

namespace proctor::harness::exchange {

using reports::SampleRecord;

Result<OutgoingRun> OutgoingRun::open(reports::Store& store, reports::RunId run,
                                      Disclosure disclosure) {
  OutgoingRun outgoing(store);
  Result<reports::RunInfo> info = store.run_info(run);
  if (!info) return info.error();
  outgoing.info_ = std::move(*info);
  Result<RunPlan> plan = store.plan(run);
  if (!plan) return plan.error();
  outgoing.plan_ = std::move(*plan);
  for (TaskPlan& task : outgoing.plan_.tasks) {
    Task kept;
    kept.withheld = disclosure != Disclosure::disclose &&
                    withholds_texts(task.task, disclosure == Disclosure::redact);
    Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    if (protocol) kept.protocol = std::move(*protocol);
    kept.questions = task.questions;
    if (kept.withheld) {
      for (Question& question : task.questions) question = withheld(std::move(question));
    }
    outgoing.tasks_.push_back(std::move(kept));
  }
  return outgoing;
}

bool OutgoingRun::withholds_any() const {
  return std::any_of(tasks_.begin(), tasks_.end(), [](const Task& task) { return task.withheld; });
}

Question OutgoingRun::asked(std::size_t task, std::size_t question, int repeat) const {
  const Task& from = tasks_[task];
  const Question& stored = from.questions[question];
  Question asked = from.protocol ? tasks::as_asked(*from.protocol, stored, repeat) : stored;
  return from.withheld ? withheld(std::move(asked)) : asked;
}

reports::exchange::Asking OutgoingRun::asking(std::size_t task, std::size_t question,
                                              int repeat) const {
  const Task& from = tasks_[task];
  if (!from.protocol) return {};
  Prompt prompt = tasks::render_prompt(
      *from.protocol, tasks::as_asked(*from.protocol, from.questions[question], repeat));
  if (from.withheld) prompt = withheld(std::move(prompt));
  return {std::move(prompt), from.protocol->sampling};
}

SampleRecord OutgoingRun::as_it_may_leave(SampleRecord record) const {
  if (!tasks_[static_cast<std::size_t>(record.result.task)].withheld) return record;
  if (record.reply) record.reply = withheld(std::move(*record.reply));
  if (record.score) record.score = withheld(std::move(*record.score));
  record.result.canonical = withheld(record.result.canonical);
  record.result.reason = withheld_reason(record.result.reason);
  return record;
}

Result<void> OutgoingRun::visit(
    const std::function<Result<void>(const SampleRecord&)>& visitor) const {
  return store_.visit_records(
      info_.id, [&](const SampleRecord& record) { return visitor(as_it_may_leave(record)); });
}

Result<SampleRecord> OutgoingRun::sample(std::int64_t id) const {
  Result<SampleRecord> record = store_.sample(id);
  if (!record) return record;
  return as_it_may_leave(std::move(*record));
}

}  // namespace proctor::harness::exchange
