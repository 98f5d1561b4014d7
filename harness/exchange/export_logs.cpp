// Exports as logs of other harnesses: lm-eval and inspect.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "harness/exchange/exporting.h"
#include "harness/files/output_file.h"
#include "reports/exchange/inspect_write.h"
#include "reports/exchange/zip.h"

namespace proctor::harness::exchange {
namespace {

namespace formats = reports::exchange;
namespace fs = std::filesystem;
using reports::SampleRecord;

Result<void> write(const OutputFile& file, const fs::path& path, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file.stream()) == text.size()) return {};
  return file_error(path.string(), "cannot write");
}

// The rows of one file of lm-eval's after the other, question by question.
class LmEvalRows {
 public:
  LmEvalRows(const OutgoingRun& run, fs::path folder, std::string time)
      : run_(run), folder_(std::move(folder)), time_(std::move(time)) {}

  Result<void> take(const SampleRecord& record) {
    const auto task = static_cast<std::size_t>(record.result.task);
    const auto question = static_cast<std::size_t>(record.result.question);
    const bool same = !repeats_.empty() && question_task_ == task && question_ == question;
    if (!same) {
      const Result<void> flushed = flush();
      if (!flushed) return flushed;
    }
    question_task_ = task;
    question_ = question;
    repeats_.push_back({record, run_.asked(task, question, record.result.repeat).gold});
    return {};
  }

  // Writes the row of the question whose samples were taken last.
  Result<void> flush() {
    if (repeats_.empty()) return {};
    if (!file_ || question_task_ != task_) {
      const Result<void> opened = open(question_task_);
      if (!opened) return opened;
    }
    const std::string row = formats::format_lm_eval_row(
        static_cast<std::int64_t>(question_), run_.asked(question_task_, question_, 0),
        run_.asking(question_task_, question_, 0), repeats_);
    repeats_.clear();
    return write(*file_, path_, row);
  }

  Result<void> close() { return file_ ? file_->keep() : Result<void>(); }

 private:
  Result<void> open(std::size_t task) {
    const Result<void> closed = close();
    if (!closed) return closed;
    task_ = task;
    path_ = folder_ / fmt::format("samples_{}_{}.jsonl", run_.plan().tasks[task].task, time_);
    Result<OutputFile> file = OutputFile::create(path_);
    if (!file) return file.error();
    file_ = std::make_unique<OutputFile>(std::move(*file));
    return {};
  }

  const OutgoingRun& run_;
  const fs::path folder_;
  const std::string time_;
  std::size_t task_ = 0;  // whose file is open
  fs::path path_;
  std::unique_ptr<OutputFile> file_;
  std::size_t question_task_ = 0;
  std::size_t question_ = 0;
  std::vector<formats::LmEvalReply> repeats_;  // of that question
};

Result<void> write_results(const OutgoingRun& run, const reports::RunReport& report,
                           const fs::path& path) {
  std::vector<formats::LmEvalTask> tasks;
  for (const reports::TaskSummary& task : report.tasks) {
    tasks.push_back({task.task, task.questions, task.repeats, task.pass_1, task.error_questions});
  }
  Result<OutputFile> file = OutputFile::create(path);
  if (!file) return file.error();
  const Result<void> written =
      write(*file, path, formats::format_lm_eval_results(run.info(), run.plan(), tasks));
  return written ? file->keep() : written;
}

// One task's .eval, whose samples have the ids from `first` on.
class InspectLog {
 public:
  InspectLog(const OutgoingRun& run, const reports::TaskSummary& summary, std::size_t task,
             std::int64_t first, Exported& exported)
      : run_(run), summary_(summary), task_(task), first_(first), exported_(exported) {}

  Result<void> write(const fs::path& path) {
    Result<formats::ZipWriter> zip = formats::ZipWriter::create(path);
    if (!zip) return zip.error();
    const TaskPlan& task = run_.plan().tasks[task_];
    std::int64_t id = first_;
    for (std::size_t question = 0; question < task.questions.size(); ++question) {
      for (int repeat = 0; repeat < task.repeats; ++repeat, ++id) {
        const Result<void> added =
            zip->add(formats::inspect_member(task.questions[question].id, repeat),
                     [this, question, repeat, id] { return sample(question, repeat, id); });
        if (!added) return added;
      }
    }
    const Result<void> listed =
        zip->add("summaries.json", [this] { return Result<std::string>(summaries_ + "]"); });
    if (!listed) return listed;
    const Result<void> headed =
        zip->add("header.json", [this] { return Result<std::string>(header()); });
    if (!headed) return headed;
    return zip->close();
  }

 private:
  Result<std::string> sample(std::size_t question, int repeat, std::int64_t id) {
    const Result<SampleRecord> record = run_.sample(id);
    if (!record) return record.error();
    ++exported_.written;
    exported_.damaged += record->damage ? 1 : 0;
    const Question asked = run_.asked(task_, question, repeat);
    const formats::Asking asking = run_.asking(task_, question, repeat);
    const formats::InspectSample sample{asked, asking, *record};
    summaries_ += (summaries_.size() > 1 ? "," : "") + formats::format_inspect_summary(sample);
    return formats::format_inspect_sample(sample);
  }

  std::string header() const {
    const TaskPlan& task = run_.plan().tasks[task_];
    const std::int64_t decided = summary_.scored - summary_.undecided;
    return formats::format_inspect_header(
        run_.info(), run_.plan(), task,
        task.questions.empty() ? formats::Asking() : run_.asking(task_, 0, 0),
        {summary_.replies, decided, summary_.pass_1, summary_.error_questions});
  }

  const OutgoingRun& run_;
  const reports::TaskSummary& summary_;
  const std::size_t task_;
  const std::int64_t first_;
  Exported& exported_;
  std::string summaries_ = "[";  // of the samples so far
};

}  // namespace

Result<Exported> export_lm_eval(const OutgoingRun& run, const reports::RunReport& report,
                                const fs::path& folder) {
  const fs::path own = folder / formats::lm_eval_model_name(run.plan().model);
  const Result<void> made = make_folder(own);
  if (!made) return made.error();
  const std::string time = formats::lm_eval_time(run.info().created_at);
  Exported exported;
  LmEvalRows rows(run, own, time);
  const Result<void> visited = run.visit([&](const SampleRecord& record) {
    exported.written += record.reply ? 1 : 0;
    exported.damaged += record.damage ? 1 : 0;
    return rows.take(record);
  });
  if (!visited) return visited.error();
  for (const auto& last : {rows.flush(), rows.close()}) {
    if (!last) return last.error();
  }
  const Result<void> results = write_results(run, report, own / ("results_" + time + ".json"));
  if (!results) return results.error();
  return exported;
}

Result<Exported> export_inspect(const OutgoingRun& run, const reports::RunReport& report,
                                const fs::path& path) {
  Exported exported;
  const bool several = run.plan().tasks.size() > 1;
  if (several) {
    const Result<void> made = make_folder(path);
    if (!made) return made.error();
  }
  const Result<std::vector<PlannedSample>> grid = run.grid();
  if (!grid) return grid.error();
  for (std::size_t task = 0; task < report.tasks.size(); ++task) {
    const auto first =
        std::find_if(grid->begin(), grid->end(), [task](const PlannedSample& sample) {
          return static_cast<std::size_t>(sample.task) == task;
        });
    const std::int64_t id = first == grid->end() ? 0 : first->id;
    InspectLog log(run, report.tasks[task], task, id, exported);
    const Result<void> written =
        log.write(several ? path / (report.tasks[task].task + ".eval") : path);
    if (!written) return written.error();
  }
  return exported;
}

}  // namespace proctor::harness::exchange
