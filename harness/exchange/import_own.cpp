// Our own JSON Lines, back into a store.
#include <fmt/core.h>

#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "harness/exchange/importing.h"
#include "reports/exchange/own_format.h"
#include "reports/run_filler.h"

namespace proctor::harness::exchange {
namespace {

namespace formats = reports::exchange;

// Takes the lines of one file, in the order in which they must come.
class OwnImport {
 public:
  explicit OwnImport(const std::filesystem::path& scratch) : scratch_(scratch) {}

  Result<void> take(formats::OwnLine line) {
    if (ended_) return misplaced("there is more after its end");
    if (auto* run = std::get_if<formats::RunLine>(&line)) return take(std::move(*run));
    if (!run_) return misplaced("it does not begin with a line of kind \"run\"");
    return std::visit([this](auto& known) { return take(std::move(known)); }, line);
  }

  // Errors: invalid_input, if the file is not whole.
  Result<void> finish() {
    if (!ended_) return misplaced("it has no line of kind \"end\": the file was cut");
    const Result<reports::RunId> stored = filler_->finish(run_->info);
    if (!stored) return stored.error();
    return {};
  }

 private:
  static Error misplaced(std::string_view complaint) {
    return Error(ErrorCode::invalid_input, std::string(complaint));
  }

  // The task that a line before the first sample names.
  Result<TaskPlan*> task_of(std::int32_t task) {
    if (filler_) return misplaced("questions and attachments come before the samples");
    if (task < 0 || static_cast<std::size_t>(task) >= run_->plan.tasks.size()) {
      return misplaced("field \"task\": the run has no such task");
    }
    return &run_->plan.tasks[static_cast<std::size_t>(task)];
  }

  Result<void> take(formats::RunLine run) {
    if (run_) return misplaced("a second line of kind \"run\"");
    if (run.redacted) {
      // Taken for texts, its hashes would be sent to models and graded as their replies.
      return misplaced(
          "it has hashes in place of texts that were withheld; import the whole file, as "
          "`proctor export --private` writes it");
    }
    run_ = std::move(run);
    return {};
  }

  Result<void> take(formats::AttachmentLine line) {
    const Result<TaskPlan*> task = task_of(line.task);
    if (!task) return task.error();
    (*task)->attachments.push_back(std::move(line.attachment));
    return {};
  }

  Result<void> take(formats::QuestionLine line) {
    const Result<TaskPlan*> task = task_of(line.task);
    if (!task) return task.error();
    (*task)->questions.push_back(std::move(line.question));
    return {};
  }

  // The plan is whole.
  Result<void> begin() {
    Result<reports::RunFiller> filler = reports::RunFiller::begin(scratch_, run_->plan);
    if (!filler) return filler.error();
    filler_.emplace(std::move(*filler));
    return {};
  }

  Result<void> take(formats::SampleLine line) {
    if (!filler_) {
      const Result<void> begun = begin();
      if (!begun) return begun;
    }
    const Result<void> put = filler_->put(line.record);
    if (!put) return put;
    const reports::SampleResult& place = line.record.result;  // put() has checked it
    const TaskPlan& task = run_->plan.tasks[static_cast<std::size_t>(place.task)];
    if (task.questions[static_cast<std::size_t>(place.question)].id != line.question_id) {
      return misplaced("field \"question_id\": another than that of the question it names");
    }
    ++samples_;
    return {};
  }

  Result<void> take(formats::EndLine end) {
    if (end.samples != samples_) {
      return misplaced(fmt::format("it holds {} samples and says {}", samples_, end.samples));
    }
    if (!filler_) {
      const Result<void> begun = begin();
      if (!begun) return begun;
    }
    ended_ = true;
    return {};
  }

  const std::filesystem::path& scratch_;
  std::optional<formats::RunLine> run_;
  std::optional<reports::RunFiller> filler_;
  std::int64_t samples_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<void> import_own(const std::filesystem::path& scratch, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error(ErrorCode::not_found, file.string() + ": cannot be opened");
  OwnImport import(scratch);
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    if (text.empty()) continue;
    Result<formats::OwnLine> line = formats::parse_own_line(text);
    const Result<void> taken = line ? import.take(std::move(*line)) : Result<void>(line.error());
    if (!taken) return taken.error().within(fmt::format("{}:{}", file.string(), number));
  }
  if (in.bad()) return Error(ErrorCode::io, file.string() + ": cannot be read");
  const Result<void> finished = import.finish();
  if (!finished) return finished.error().within(file.string());
  return {};
}

}  // namespace proctor::harness::exchange
