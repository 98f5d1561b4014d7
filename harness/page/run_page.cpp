#include "harness/page/run_page.h"

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "graders/grader.h"
#include "graders/metrics.h"
#include "graders/think.h"
#include "harness/exchange/redaction.h"
#include "harness/figures/answer_votes.h"
#include "harness/figures/budget_tally.h"
#include "harness/figures/reply_tally.h"
#include "harness/figures/summary.h"
#include "harness/grading/tools.h"
#include "harness/page/earlier_runs.h"
#include "reports/report.h"

namespace proctor::harness::page {
namespace {

using reports::SampleResult;
using reports::html::QuestionRow;
using reports::html::SampleCell;
using reports::html::Segment;

// Replies of tokens that nobody counted, in bytes: for a guess at the size of a page.
constexpr std::int64_t kBytesPerToken = 4;

bool is_decided(const SampleResult& result) {
  return result.verdict && result.verdict != Verdict::undecided;
}

SampleCell cell_of(const SampleResult& result, bool withhold) {
  SampleCell cell{.state = result.state,
                  .verdict = result.verdict,
                  .finish = result.finish,
                  .tokens = result.usage.completion,
                  .reason = withhold ? exchange::withheld_reason(result.reason) : result.reason};
  if (result.verdict) cell.thinking = result.thinking;
  if (result.verdict == Verdict::correct) cell.reached = figures::tokens_to_answer(result);
  if (result.traits) {
    cell.loops = result.traits->loops;
    cell.mixes_scripts = result.traits->mixes_scripts;
  }
  return cell;
}

std::int64_t bytes_of(const SampleResult& result) {
  if (result.traits) return result.traits->text_bytes + result.traits->reasoning_bytes;
  return result.finish ? kBytesPerToken * result.usage.completion.value_or(0) : 0;
}

// Those of gated tasks already are.
void withhold_reasons(reports::RunReport& report) {
  for (reports::TaskSummary& task : report.tasks) {
    if (exchange::withholds_texts(task.task, false)) continue;
    std::map<std::string, std::int64_t> withheld;
    for (const auto& [reason, count] : task.reasons) {
      const std::size_t state = reason.find(": ");  // "failed: HTTP 400: ..."
      const bool stated = state != std::string::npos;
      withheld[stated ? reason.substr(0, state + 2) +
                            exchange::withheld_reason(reason.substr(state + 2))
                      : reason] += count;
    }
    task.reasons = std::move(withheld);
  }
}

// Turns the samples of a task, as they pass by, into the rows of its questions.
class RowMaker {
 public:
  RowMaker(const TaskPlan& plan, const std::optional<tasks::Protocol>& protocol, bool withhold)
      : plan_(plan),
        withhold_(withhold),
        votes_(!protocol || !grading::grades_programs(*protocol)) {
    if (!protocol) return;
    Result<std::unique_ptr<graders::Grader>> grader = graders::make_grader(protocol->grader, {});
    if (grader) grader_ = std::move(*grader);
  }

  bool votes() const { return votes_; }

  // True once the sample was the last of its question; take_row() then gives the question's row.
  bool take(const SampleResult& result) {
    results_.push_back(result);
    return results_.size() == static_cast<std::size_t>(plan_.repeats);
  }

  QuestionRow take_row() {
    const Question& question = plan_.questions.at(static_cast<std::size_t>(results_[0].question));
    QuestionRow row{.question = withhold_ ? exchange::withheld(question) : question};
    for (const SampleResult& result : results_) row.samples.push_back(cell_of(result, withhold_));
    mark_duplicates(row);
    if (votes_) add_votes(row);
    results_.clear();
    return row;
  }

 private:
  void mark_duplicates(QuestionRow& row) const {
    std::unordered_set<std::uint64_t> seen;
    for (std::size_t i = 0; i < results_.size(); ++i) {
      const std::optional<ReplyTraits>& traits = results_[i].traits;
      if (!traits || traits->text_bytes + traits->reasoning_bytes < figures::kLongReplyBytes)
        continue;
      row.samples[i].duplicate = !seen.insert(traits->hash).second;
    }
  }

  void add_votes(QuestionRow& row) const {
    std::vector<graders::Vote> votes;
    std::vector<std::size_t> voters;
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (!is_decided(results_[i])) continue;
      votes.push_back({results_[i].canonical, results_[i].verdict == Verdict::correct});
      voters.push_back(i);
    }
    graders::SameAnswers same;
    if (grader_) same = [this](auto answers) { return grader_->same_answers(answers); };
    const figures::AnswerTable table = figures::table_of(votes, same);
    for (const figures::CountedAnswer& one : table.answers) {
      row.answers.push_back(
          {withhold_ ? exchange::withheld(one.answer) : one.answer, one.votes, one.right});
    }
    for (std::size_t i = 0; i < voters.size(); ++i) {
      row.samples[voters[i]].answer = table.of_vote[i];
    }
    row.abstentions = table.ballot.abstentions;
    if (plan_.repeats > 1 && !votes.empty()) {
      row.consensus = graders::consensus(table.ballot, graders::TieRule::fractional);
    }
  }

  const TaskPlan& plan_;
  bool withhold_;
  bool votes_;
  std::unique_ptr<graders::Grader> grader_;
  std::vector<SampleResult> results_;  // of the question at hand
};

}  // namespace

std::vector<Segment> segments_of(const Generation& reply, bool think_prefilled,
                                 const std::optional<Span>& answer) {
  const std::size_t begin = graders::split_thinking(reply, think_prefilled).answer.begin;
  const std::size_t size = reply.text.size();
  std::vector<Segment> segments;
  const auto add = [&](Segment::Kind kind, std::size_t from, std::size_t to) {
    if (from < to) segments.push_back({kind, reply.text.substr(from, to - from)});
  };
  if (!reply.reasoning.empty()) segments.push_back({Segment::Kind::thinking, reply.reasoning});
  add(Segment::Kind::thinking, 0, begin);
  // A stored span may be damaged like anything else.
  const bool shown =
      answer && begin <= answer->begin && answer->begin < answer->end && answer->end <= size;
  if (!shown) {
    add(Segment::Kind::text, begin, size);
    return segments;
  }
  add(Segment::Kind::text, begin, answer->begin);
  add(Segment::Kind::answer, answer->begin, answer->end);
  add(Segment::Kind::text, answer->end, size);
  return segments;
}

Result<RunPage> RunPage::read(reports::Store& store, reports::RunId run,
                              const PageOptions& options) {
  Result<reports::RunReport> report = figures::summarize(store, run, options.prices);
  if (!report) return report.error();
  if (options.redacted) withhold_reasons(*report);
  RunPage page(reports::html::PageData(reports::format_report(*report, reports::ReportFormat::json),
                                       options.store));
  Result<RunPlan> plan = store.plan(run);
  if (!plan) return plan.error();
  page.plan_ = std::move(*plan);
  page.read_settings(options);
  const Result<void> samples = page.read_samples(store, run);
  if (!samples) return samples.error();
  const Result<std::vector<EarlierRun>> earlier = earlier_runs(store, run, page.plan_);
  if (!earlier) return earlier.error();
  for (const EarlierRun& one : *earlier) page.data_.add_earlier(one.task, one.figure);
  return page;
}

// What cannot be read of a stored plan makes a page poorer, not impossible: the report says what
// counts.
void RunPage::read_settings(const PageOptions& options) {
  const nlohmann::json config = nlohmann::json::parse(plan_.config_json, nullptr, false);
  if (config.is_object()) {
    const auto prefilled = config.find("think_prefilled");
    think_prefilled_ = prefilled != config.end() && *prefilled == true;
  }
  for (const TaskPlan& task : plan_.tasks) {
    Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    protocols_.push_back(protocol ? std::optional(std::move(*protocol)) : std::nullopt);
    withheld_.push_back(options.redacted ||
                        (options.shared && exchange::withholds_texts(task.task, false)));
  }
}

Result<void> RunPage::read_samples(reports::Store& store, reports::RunId run) {
  std::optional<RowMaker> maker;
  const Result<void> visited = store.visit(run, [&](const SampleResult& result) {
    const auto task = static_cast<std::size_t>(result.task);
    if (task >= first_samples_.size()) {  // the first sample of the next task
      const TaskPlan& plan = plan_.tasks.at(task);
      maker.emplace(plan, protocols_.at(task), withheld_.at(task));
      first_samples_.push_back(result.id);
      data_.begin_task({.name = plan.task,
                        .repeats = plan.repeats,
                        .first_sample = result.id,
                        .votes = maker->votes(),
                        .redacted = withheld_[task]});
    }
    ++samples_;
    reply_bytes_ += bytes_of(result);
    if (maker->take(result)) data_.add(maker->take_row());
  });
  return visited;
}

std::int64_t RunPage::last_sample(std::size_t task) const {
  const TaskPlan& plan = plan_.tasks[task];
  return first_samples_[task] + static_cast<std::int64_t>(plan.questions.size()) * plan.repeats - 1;
}

Result<void> RunPage::add_texts(reports::Store& store, std::int64_t sample,
                                reports::html::SampleTexts& texts) const {
  const Result<reports::SampleRecord> record = store.sample(sample);
  if (!record) return record.error();
  const auto task = static_cast<std::size_t>(record->result.task);
  const bool ours =
      task < first_samples_.size() && first_samples_[task] <= sample && sample <= last_sample(task);
  if (!ours) {
    return Error(ErrorCode::not_found,
                 "sample " + std::to_string(sample) + " is not one of this run");
  }
  add_texts(*record, texts);
  return {};
}

void RunPage::add_texts(const reports::SampleRecord& record,
                        reports::html::SampleTexts& texts) const {
  const auto task = static_cast<std::size_t>(record.result.task);
  const std::optional<tasks::Protocol>& protocol = protocols_.at(task);
  const Question& question =
      plan_.tasks[task].questions.at(static_cast<std::size_t>(record.result.question));
  Prompt prompt;
  if (protocol) {
    prompt =
        tasks::render_prompt(*protocol, tasks::as_asked(*protocol, question, record.result.repeat));
  }
  std::vector<Segment> segments;
  if (!withheld_[task]) {
    if (record.reply) {
      segments = segments_of(*record.reply, think_prefilled_ && !(protocol && protocol->raw),
                             record.result.span);
    }
    texts.add(record, prompt, segments);
    return;
  }
  reports::SampleRecord shown = record;
  shown.result.reason = exchange::withheld_reason(shown.result.reason);
  if (shown.score) shown.score = exchange::withheld(std::move(*shown.score));
  if (shown.reply) {
    shown.reply = exchange::withheld(std::move(*shown.reply));
    segments = {{Segment::Kind::text, shown.reply->text}};
  }
  texts.add(shown, exchange::withheld(std::move(prompt)), segments);
}

}  // namespace proctor::harness::page
