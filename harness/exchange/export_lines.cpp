// Exports of one line a sample: our own format, and training data.
#include <fmt/core.h>

#include <set>
#include <string>
#include <utility>

#include "graders/think.h"
#include "harness/core/sha256.h"
#include "harness/exchange/exporting.h"
#include "reports/exchange/own_format.h"
#include "reports/exchange/sft.h"

namespace proctor::harness::exchange {
namespace {

namespace formats = reports::exchange;
using reports::SampleRecord;

std::size_t task_of(const SampleRecord& record) {
  return static_cast<std::size_t>(record.result.task);
}
std::size_t question_of(const SampleRecord& record) {
  return static_cast<std::size_t>(record.result.question);
}

// The run, and what was asked.
Result<void> export_plan(const OutgoingRun& run, const TextSink& sink) {
  const RunPlan& plan = run.plan();
  Result<void> written = sink(formats::format_run({run.info(), plan, run.withholds_any()}));
  if (!written) return written;
  for (std::size_t t = 0; t < plan.tasks.size(); ++t) {
    const auto task = static_cast<std::int32_t>(t);
    for (const Attachment& attachment : plan.tasks[t].attachments) {
      written = sink(formats::format_attachment({task, attachment}));
      if (!written) return written;
    }
    for (std::size_t q = 0; q < plan.tasks[t].questions.size(); ++q) {
      written = sink(
          formats::format_question({task, plan.tasks[t].questions[q]}, run.asking(t, q, 0).prompt));
      if (!written) return written;
    }
  }
  return {};
}

// The sample's own prompt, if options stand in another order than in its question's.
std::optional<Prompt> own_prompt(const OutgoingRun& run, const SampleRecord& record) {
  const std::size_t task = task_of(record);
  const std::size_t question = question_of(record);
  const int repeat = record.result.repeat;
  if (repeat == 0 || run.asked(task, question, repeat) == run.asked(task, question, 0)) {
    return std::nullopt;
  }
  return run.asking(task, question, repeat).prompt;
}

// What of a reply is to be learnt; empty if that is nothing.
std::string completion_of(const Generation& reply, bool strip_thinking) {
  if (!strip_thinking) return formats::whole_reply(reply);
  const Span answer = graders::split_thinking(reply, false).answer;
  const std::string text = reply.text.substr(answer.begin, answer.end - answer.begin);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? std::string() : text.substr(first);
}

Error cannot_train(std::string_view task, std::string_view why) {
  return Error(ErrorCode::invalid_input, fmt::format("task {}: {}", task, why));
}

// Whether every task's replies can be put as conversations that may leave.
Result<void> check_conversations(const OutgoingRun& run) {
  for (std::size_t i = 0; i < run.plan().tasks.size(); ++i) {
    const std::string& task = run.plan().tasks[i].task;
    if (run.withholds(i)) {
      return cannot_train(task,
                          "its texts are withheld, and hashes teach nothing; --private "
                          "writes them");
    }
    if (!run.protocol(i)) return cannot_train(task, "it is not known how its questions were put");
    if (run.protocol(i)->raw) return cannot_train(task, "its prompt is raw text, no conversation");
  }
  return {};
}

}  // namespace

Result<Exported> export_own(const OutgoingRun& run, const TextSink& sink) {
  const Result<void> planned = export_plan(run, sink);
  if (!planned) return planned.error();
  Exported exported;
  const Result<void> visited = run.visit([&](const SampleRecord& record) {
    exported.written += 1;
    exported.damaged += record.damage ? 1 : 0;
    const Question& question = run.plan().tasks[task_of(record)].questions[question_of(record)];
    return sink(formats::format_sample({record, question.id}, own_prompt(run, record)));
  });
  if (!visited) return visited.error();
  const Result<void> ended = sink(formats::format_end({exported.written}));
  if (!ended) return ended.error();
  return exported;
}

Result<Exported> export_sft(const OutgoingRun& run, const SftOptions& options,
                            const TextSink& sink) {
  const Result<void> possible = check_conversations(run);
  if (!possible) return possible.error();
  Exported exported;
  std::pair<std::int32_t, std::int32_t> current(-1, -1);
  std::set<std::string> seen;  // hashes of what was written for the current question
  const Result<void> visited = run.visit([&](const SampleRecord& record) -> Result<void> {
    const std::pair place(record.result.task, record.result.question);
    if (place != current) seen.clear();
    current = place;
    if (record.result.verdict != Verdict::correct) return {};
    if (record.damage) {
      ++exported.damaged;
      return {};
    }
    const bool enough =
        options.per_question > 0 && seen.size() >= static_cast<std::size_t>(options.per_question);
    if (enough) return {};
    const std::string completion = completion_of(*record.reply, options.strip_thinking);
    if (completion.empty() || !seen.insert(sha256_hex(completion)).second) return {};
    ++exported.written;
    const formats::Asking asking =
        run.asking(task_of(record), question_of(record), record.result.repeat);
    return sink(formats::format_sft_line(*asking.prompt, completion));
  });
  if (!visited) return visited.error();
  return exported;
}

}  // namespace proctor::harness::exchange
