#include "tests/harness/support/run_fixture.h"

#include <doctest/doctest.h>

#include <thread>
#include <utility>

#include "tasks/task.h"

namespace proctor::harness {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Rows as upstream spells them: HuggingFaceH4/aime_2024 and HuggingFaceH4/MATH-500.
std::string aime24_rows() {
  std::string rows;
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i);
    rows += json{{"id", 60 + i},
                 {"problem", "How many pairs of gloves are " + n + " dozen gloves?"},
                 {"solution", "Six for each dozen."},
                 {"answer", std::to_string(6 * i)},
                 {"url", "https://example.org/" + n},
                 {"year", "2024"}}
                .dump() +
            "\n";
  }
  return rows;
}

std::string math500_rows() {
  std::string rows;
  for (int i = 0; i < 500; ++i) {
    const std::string n = std::to_string(i);
    rows += json{{"problem", "Write the reciprocal of " + n + " plus one half as a fraction."},
                 {"solution", "Twice the number plus one is below."},
                 {"answer", "\\frac{2}{" + std::to_string(2 * i + 1) + "}"},
                 {"subject", i % 2 == 0 ? "Prealgebra" : "Number Theory"},
                 {"level", i % 5 + 1},
                 {"unique_id", "test/reciprocals/" + n + ".json"}}
                .dump() +
            "\n";
  }
  return rows;
}

// Imports a task through the command line and returns the gold answers as it understood them.
std::map<std::string, std::string> import(const support::TempDir& dir, const fs::path& rows,
                                          const std::string& name) {
  const support::ChildEnd end =
      run_program({PROCTOR_BINARY, "data", "import", rows, "--task", name, "--data", dir / "data"});
  INFO(end.err);
  REQUIRE(end.exit_code == 0);
  const Result<const tasks::Task*> task = tasks::task_named(name);
  REQUIRE(task);
  const Result<tasks::Dataset> dataset = tasks::load_dataset(dir / "data", **task);
  REQUIRE(dataset);
  std::map<std::string, std::string> answers;
  for (const Question& question : dataset->questions) answers[question.text] = question.gold;
  return answers;
}

reports::Store open_store(const fs::path& db) {
  Result<reports::Store> store = reports::Store::open_for_reading(db);
  INFO((store ? "" : store.error().message()));
  REQUIRE(store);
  return std::move(*store);
}

}  // namespace

RunFixture::RunFixture() {
  answers_ = import(dir_, dir_.write("aime24.upstream.jsonl", aime24_rows()), "aime24");
  answers_.merge(import(dir_, dir_.write("math500.upstream.jsonl", math500_rows()), "math500"));
}

RunFixture::RunFixture(const fs::path& aime24, const fs::path& math500) {
  answers_ = import(dir_, aime24, "aime24");
  answers_.merge(import(dir_, math500, "math500"));
}

std::vector<std::string> RunFixture::run_command(const fs::path& db,
                                                 const support::FakeServer& server,
                                                 const std::vector<std::string>& more) const {
  std::vector<std::string> command = {PROCTOR_BINARY,  "run",
                                      "aime24",        "math500",
                                      "--db",          db,
                                      "--data",        dir_ / "data",
                                      "--model",       "openai-api/fake-r1",
                                      "--base-url",    server.base_url(),
                                      "--backoff",     "0.005",
                                      "--backoff-max", "0.05",
                                      "--quiet",       "--json",
                                      "--no-canary"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

support::ChildEnd run_program(const std::vector<std::string>& argv) {
  const Result<support::ChildEnd> end = support::run_child(argv);
  REQUIRE(end);
  return *end;
}

json report_of(const std::vector<std::string>& argv, int exit_code) {
  const support::ChildEnd end = run_program(argv);
  INFO(end.err);
  REQUIRE_FALSE(end.ran_too_long);
  REQUIRE(end.exit_code == exit_code);
  const json report = json::parse(end.out, nullptr, /*allow_exceptions=*/false);
  REQUIRE(report.is_object());
  return report;
}

json stored_report(const fs::path& db, reports::RunId run) {
  return report_of({PROCTOR_BINARY, "report", std::to_string(run), "--db", db, "--json"}, 0);
}

const json& task_of(const json& report, std::string_view name) {
  for (const json& task : report.at("tasks")) {
    if (task.at("task") == name) return task;
  }
  FAIL("no such task in the report");
  return report;
}

json figures_of(const json& report) {
  json tasks = report.at("tasks");
  for (json& task : tasks) task.erase("repeated_requests");
  return tasks;
}

std::vector<StoredSample> load_run(const fs::path& db, reports::RunId run) {
  reports::Store store = open_store(db);
  const Result<RunPlan> plan = store.plan(run);
  REQUIRE(plan);
  const Result<std::vector<PlannedSample>> planned = store.samples(run);
  REQUIRE(planned);
  std::vector<StoredSample> samples;
  const Result<void> visited = store.visit(run, [&](const reports::SampleResult& result) {
    const PlannedSample& cell = planned->at(samples.size());
    REQUIRE(cell.id == result.id);
    const TaskPlan& task = plan->tasks.at(static_cast<std::size_t>(result.task));
    const Question& question = task.questions.at(static_cast<std::size_t>(result.question));
    samples.push_back(
        {task.task, question.text, question.gold, cell.seed & 0x7fffffff, result, std::nullopt});
  });
  REQUIRE(visited);
  for (StoredSample& sample : samples) {
    if (!sample.result.finish) continue;
    Result<Generation> reply = store.reply(sample.result.id);
    REQUIRE(reply);
    sample.reply = std::move(*reply);
  }
  return samples;
}

std::size_t replies_in(const std::filesystem::path& db) {
  Result<reports::Store> store = reports::Store::open_for_reading(db);
  if (!store) return 0;
  std::size_t replies = 0;
  const Result<void> visited = store->visit(
      1, [&](const reports::SampleResult& result) { replies += result.finish ? 1 : 0; });
  CHECK(visited);
  return replies;
}

std::vector<reports::RunInfo> runs_in(const fs::path& db) {
  Result<std::vector<reports::RunInfo>> runs = open_store(db).runs();
  REQUIRE(runs);
  return std::move(*runs);
}

Expectation expectation_of(const support::FakeModel& model, const StoredSample& sample,
                           int max_attempts) {
  const support::Reply whole = model.reply_for(sample.problem, sample.seed);
  Expectation expected;
  while (expected.attempts < max_attempts) {
    const std::optional<support::Fault> fault =
        model.fault_for(sample.problem, sample.seed, expected.attempts++);
    if (fault == support::Fault::reset_before_reply) ++expected.silent_resets;
    if (fault && !support::is_reply(*fault)) continue;
    if (!fault) {
      expected.reply = whole;
    } else if (*fault == support::Fault::finish_length) {
      expected.reply = support::cut_short(whole, whole.completion_tokens / 2);
    } else {
      expected.reply = support::Reply();
    }
    if (expected.reply->finish_reason == "length") expected.finish = FinishReason::length;
    if (expected.reply->content.empty()) expected.finish = FinishReason::empty;
    const std::string& boxed = expected.reply->boxed;
    if (!boxed.empty()) {
      expected.verdict = boxed == sample.gold ? Verdict::correct : Verdict::wrong;
    }
    return expected;
  }
  return expected;
}

void check_scored(const StoredSample& sample, const Expectation& expected) {
  CAPTURE(sample.problem);
  CAPTURE(sample.seed);
  CHECK(sample.result.state == SampleState::scored);
  REQUIRE(sample.reply);
  REQUIRE(expected.reply);
  CHECK(sample.reply->text == expected.reply->content);
  CHECK(sample.reply->finish == expected.finish);
  REQUIRE(sample.result.verdict);
  CHECK(name_of(*sample.result.verdict) == name_of(expected.verdict));
}

double expected_pass_1(const support::FakeModel& model, const std::vector<StoredSample>& samples,
                       std::string_view task) {
  std::map<std::string, std::pair<int, int>> right_of_all;
  for (const StoredSample& sample : samples) {
    if (sample.task != task) continue;
    auto& [right, all] = right_of_all[sample.problem];
    ++all;
    right += model.reply_for(sample.problem, sample.seed).boxed == sample.gold ? 1 : 0;
  }
  double sum = 0;
  for (const auto& [problem, counts] : right_of_all) {
    sum += static_cast<double>(counts.first) / static_cast<double>(counts.second);
  }
  return sum / static_cast<double>(right_of_all.size());
}

int repeated_replies(const support::FakeModel& model, const std::vector<StoredSample>& samples) {
  const support::ModelLog log = model.log();
  CHECK(log.size() == samples.size());
  int repeated = 0;
  for (const StoredSample& sample : samples) {
    const auto found = log.find({sample.problem, sample.seed});
    REQUIRE(found != log.end());
    CHECK(found->second.completed >= 1);
    repeated += found->second.completed - 1;
  }
  return repeated;
}

bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace proctor::harness
