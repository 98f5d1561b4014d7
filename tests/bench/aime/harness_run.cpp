#include "tests/bench/aime/harness_run.h"

#include <fmt/core.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "harness/plan/run_plan.h"
#include "harness/plan/seeds.h"
#include "harness/plan/tools_for_run.h"
#include "harness/process/interrupts.h"
#include "harness/run/batch_ledger.h"
#include "harness/run/execution.h"
#include "harness/run/flags.h"
#include "reports/store.h"
#include "tasks/task.h"

namespace proctor::bench {
namespace {

namespace fs = std::filesystem;
using backends::Backend;
using backends::Pause;
using backends::ReplySink;
using backends::Request;
using backends::RequestFeed;

constexpr const char* kTask = "aime24";

// In the schema of HuggingFaceH4/aime_2024, and as long as its problems are.
std::string question_row(int index) {
  const int days = 11 + index;
  const int trips = 6 + index % 7;
  const int more = 3 + index % 5;
  const std::string text = fmt::format(
      "A ferry crosses a lake on each of {} days. On every one of these days it makes {} trips: "
      "the first of them without a single passenger, and each of the others with exactly {} "
      "passengers more than the trip before it on the same day. Nobody who has left the ferry "
      "comes back on the day on which it was left, and the crew is not counted among the "
      "passengers. Let $N$ be the number of all passengers whom the ferry carries in this time, "
      "where somebody who travels on several days is counted once for each of them. Find the "
      "remainder when $N$ is divided by $1000$.",
      days, trips, more);
  const int passengers = days * more * trips * (trips - 1) / 2;
  return nlohmann::json{{"id", index},
                        {"problem", text},
                        {"solution", "Sum the trips of a day, times the days."},
                        {"answer", fmt::format("{:03}", passengers % 1000)},
                        {"url", fmt::format("https://example.org/ferry/{}", index)},
                        {"year", "2024"}}
      .dump();
}

Result<void> import_questions(const fs::path& folder) {
  const fs::path rows = folder / "rows.jsonl";
  std::ofstream out(rows);
  for (int i = 0; i < kQuestions; ++i) out << question_row(i) << '\n';
  if (!out.flush()) return Error(ErrorCode::io, rows.string() + ": cannot write");
  const Result<const tasks::Task*> task = tasks::task_named(kTask);
  if (!task) return task.error();
  const Result<tasks::Dataset> dataset =
      tasks::parse_dataset(**task, std::array{rows}, folder / "data");
  if (!dataset) return dataset.error();
  return tasks::save_dataset(folder / "data", *dataset);
}

using LengthOf = std::function<int(int question, int repeat)>;

// The feed of a run, with each request's limit set to the length that its reply is to have.
class LimitedFeed : public RequestFeed {
 public:
  LimitedFeed(RequestFeed& feed, const LengthOf& length) : feed_(feed), length_(length) {}

  std::optional<Request> next() override {
    std::optional<Request> request = feed_.next();
    if (request) {
      request->sampling.max_tokens =
          length_(std::atoi(request->question_id.c_str()), request->repeat);
    }
    return request;
  }
  Pause pause() const override { return feed_.pause(); }

 private:
  RequestFeed& feed_;
  const LengthOf& length_;
};

class LimitedBackend : public Backend {
 public:
  LimitedBackend(Backend& backend, const LengthOf& length) : backend_(backend), length_(length) {}

  std::string identity() const override { return backend_.identity() + "/lengths-forced"; }
  std::optional<bool> prefills_thinking() const override { return backend_.prefills_thinking(); }
  bool counts_prompts() const override { return backend_.counts_prompts(); }
  std::optional<int> context() const override { return backend_.context(); }
  Result<void> serve(RequestFeed& feed, ReplySink& sink, std::stop_token stop) override {
    LimitedFeed limited(feed, length_);
    return backend_.serve(limited, sink, std::move(stop));
  }

 private:
  Backend& backend_;
  const LengthOf& length_;
};

Result<void> carry_out(Backend& backend, const HarnessRun& run, const fs::path& db) {
  harness::Interrupts interrupts;
  harness::run::RunFlags flags;
  flags.quiet = true;
  flags.request.model = run.model;
  flags.request.tasks = {{.task = kTask, .samples = run.repeats, .limit = run.questions}};
  flags.request.backend.concurrency = run.concurrency;
  const Result<harness::grading::GradingTools> tools =
      harness::plan::make_grading_tools(flags.request, run.folder / "data", flags.judge);
  if (!tools) return tools.error();
  const Result<harness::plan::PlannedRun> planned =
      harness::plan::plan_run(flags.request, *tools, backend);
  if (!planned) return planned.error();
  Result<reports::Store> store = reports::Store::open_for_writing(db);
  if (!store) return store.error();
  const Result<reports::RunId> id = store->add_run(
      planned->plan, [&](const std::string& task, const Question& question, int repeat) {
        return harness::plan::sample_seed(planned->plan.seed, task, question.id, repeat);
      });
  if (!id) return id.error();
  const harness::Globals globals{.db = db, .data = run.folder / "data"};
  harness::run::StoreBatchLedger batches;
  const Result<harness::ExitCode> done = harness::run::execute(
      {globals, flags, interrupts, backend, /*by_batch=*/false, batches, *store, *id,
       /*continued=*/false, /*prices=*/{}},
      planned->plan, planned->task_runs, std::nullopt);
  if (!done) return done.error();
  return {};
}

Result<HarnessOutcome> outcome_of(const HarnessRun& run, const fs::path& db) {
  Result<reports::Store> store = reports::Store::open_for_reading(db);
  if (!store) return store.error();
  const Result<std::vector<reports::RunInfo>> runs = store->runs();
  if (!runs) return runs.error();
  std::ofstream lengths;
  if (!run.lengths_file.empty()) lengths.open(run.lengths_file);
  HarnessOutcome outcome;
  const Result<void> visited =
      store->visit(runs->back().id, [&](const reports::SampleResult& sample) {
        ++outcome.samples;
        const bool as_long = sample.usage.completion == run.length(sample.question, sample.repeat);
        if (as_long && sample.state == SampleState::scored) ++outcome.as_asked;
        if (sample.verdict == Verdict::correct) ++outcome.correct;
        if (sample.verdict == Verdict::no_answer) ++outcome.no_answer;
        outcome.prompt_tokens += sample.usage.prompt.value_or(0);
        outcome.reply_tokens += sample.usage.completion.value_or(0);
        if (lengths.is_open()) {
          lengths << sample.usage.prompt.value_or(0) << ' ' << sample.usage.completion.value_or(0)
                  << '\n';
        }
      });
  if (!visited) return visited.error();
  if (lengths.is_open() && !lengths.flush()) {
    return Error(ErrorCode::io, run.lengths_file.string() + ": cannot write");
  }
  std::error_code ignored;
  outcome.store_bytes = fs::file_size(db, ignored);
  return outcome;
}

}  // namespace

Result<HarnessOutcome> run_harness(Backend& backend, const HarnessRun& run) {
  if (Result<void> imported = import_questions(run.folder); !imported) return imported.error();
  LimitedBackend limited(backend, run.length);
  const fs::path db = run.folder / "run.db";
  if (Result<void> carried = carry_out(limited, run, db); !carried) return carried.error();
  return outcome_of(run, db);
}

}  // namespace proctor::bench
