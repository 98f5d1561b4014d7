// `proctor regrade`: what a store holds against what its graders say today.
#include <doctest/doctest.h>

#include <string>

#include "harness/grading/tools.h"
#include "harness/plan/fingerprint.h"
#include "harness/plan/stored_plan.h"
#include "harness/run/regrading.h"
#include "tests/harness/support/run_fixture.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using reports::Change;

constexpr const char* kConfig =
    R"({"server":"fake","think_prefilled":false,"concurrency":4,"stream":true,"max_attempts":3,)"
    R"("backoff_first_s":1,"backoff_max_s":2,"idle_timeout_s":3,"connect_timeout_s":4})";

// A run whose three replies an older grader of mathematics found wrong, wrong and right.
RunPlan plan_of_older_grader() {
  const tasks::Protocol protocol = *tasks::protocol_for("r1", "math500");
  TaskPlan task{.task = "math500",
                .dataset_hash = "aa11",
                .protocol = "r1",
                .protocol_hash = tasks::protocol_hash(protocol, "math-string@1"),
                .protocol_json = tasks::protocol_json(protocol, "math-string@1"),
                .grader = "math-string@1",
                .repeats = 3,
                .questions = {{"half", "What is half of one?", "\\frac{1}{2}", {}}}};
  return {.model = "openai-api/fake",
          .endpoint = "http://127.0.0.1:1/v1",
          .seed = 1,
          .fingerprint = "f00d",
          .config_json = kConfig,
          .version = "0.0",
          .host = "test",
          .tasks = {std::move(task)}};
}

Score older_score(Verdict verdict, std::string extracted) {
  Score score;
  score.verdict = verdict;
  score.canonical = extracted;
  score.extracted = std::move(extracted);
  score.explanation = "box: normal form";
  return score;
}

void add_scored(std::vector<Change>& changes, std::int64_t sample, std::string text,
                const Score& score) {
  Generation reply;
  reply.text = std::move(text);
  changes.emplace_back(reports::SampleStarted{sample});
  changes.emplace_back(reports::SampleGenerated{sample, std::move(reply)});
  changes.emplace_back(reports::SampleScored{sample, score, "math-string@1"});
}

void make_store(const std::filesystem::path& db) {
  Result<reports::Store> store = reports::Store::open_for_writing(db);
  REQUIRE(store);
  REQUIRE(store->add_run(plan_of_older_grader(),
                         [](const std::string&, const Question&, int) { return 1ULL; }));
  std::vector<Change> changes;
  add_scored(changes, 1, "\\boxed{0.5}", older_score(Verdict::wrong, "0.5"));
  add_scored(changes, 2, "\\boxed{2}", older_score(Verdict::wrong, "2"));
  add_scored(changes, 3, "\\boxed{\\frac12}", older_score(Verdict::correct, "\\frac12"));
  REQUIRE(store->commit(changes));
}

nlohmann::json regraded(const std::filesystem::path& db, const std::vector<std::string>& more) {
  std::vector<std::string> command = {PROCTOR_BINARY, "regrade", "1",
                                      "--json",       "--db",    db.string()};
  command.insert(command.end(), more.begin(), more.end());
  return report_of(command, 0);
}

TEST_CASE("regrading shows what changed and leaves the store as it was") {
  const support::TempDir dir;
  make_store(dir / "a.db");
  const nlohmann::json shown = regraded(dir / "a.db", {});
  CHECK(shown["applied"] == false);
  const nlohmann::json& task = shown["tasks"][0];
  CHECK(task["grader_before"] == "math-string@1");
  CHECK(task["grader_after"] == "math-answer@1");
  CHECK(task["replies"] == 3);
  CHECK(task["errors"] == 0);
  CHECK(task["correct_before"] == 1);
  CHECK(task["correct_after"] == 2);
  CHECK(task["moves"] == nlohmann::json::parse(R"([{"from":"wrong","to":"correct","replies":1}])"));
  REQUIRE(task["changed"].size() == 1);
  CHECK(task["changed"][0]["question"] == "half");
  CHECK(task["changed"][0]["repeat"] == 0);
  CHECK(task["changed"][0]["extracted_after"] == "0.5");
  CHECK(regraded(dir / "a.db", {}) == shown);
}

TEST_CASE("applied scores take the place of the old ones and the run is one of the new grader") {
  const support::TempDir dir;
  make_store(dir / "a.db");
  const nlohmann::json applied = regraded(dir / "a.db", {"--apply"});
  CHECK(applied["applied"] == true);
  CHECK(applied["tasks"][0]["changed"].size() == 1);

  Result<reports::Store> store = reports::Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  const Result<RunPlan> plan = store->plan(1);
  REQUIRE(plan);
  CHECK(plan->tasks[0].grader == "math-answer@1");
  CHECK(plan->fingerprint == plan::run_fingerprint(*plan, "fake", false));
  CHECK(plan::stored_task_runs(*plan, false, {}));
  const Result<std::vector<reports::ScoredReply>> scored = store->scored(1, 0, 10);
  REQUIRE(scored);
  REQUIRE(scored->size() == 3);
  for (const reports::ScoredReply& reply : *scored) CHECK(reply.grader == "math-answer@1");
  CHECK((*scored)[0].verdict == Verdict::correct);

  const nlohmann::json again = regraded(dir / "a.db", {});
  CHECK(again["tasks"][0]["changed"].empty());
  CHECK(again["tasks"][0]["correct_before"] == 2);
}

TEST_CASE("a run that there is not cannot be graded again") {
  const support::TempDir dir;
  make_store(dir / "a.db");
  const support::ChildEnd end =
      run_program({PROCTOR_BINARY, "regrade", "7", "--db", (dir / "a.db").string()});
  CHECK(end.exit_code == 2);
  CHECK(end.err.find("there is no run 7") != std::string::npos);
}

TEST_CASE("votes of a run count equal answers as one whatever their spelling") {
  const support::TempDir dir;
  {
    make_store(dir / "a.db");
    Result<reports::Store> store = reports::Store::open_for_writing(dir / "a.db");
    REQUIRE(store);
    const std::vector<Change> changes = {
        reports::SampleRescored{1, older_score(Verdict::wrong, "\\frac{4}{2}"), "math-answer@1"}};
    REQUIRE(store->commit(changes));
  }
  // The wrong answers 4/2 and 2 outvote the right one together: cons@3 is 0.
  const nlohmann::json report = stored_report(dir / "a.db", 1);
  CHECK(task_of(report, "math500")["metrics"]["cons@3"]["value"] == 0.0);
}

}  // namespace
}  // namespace proctor::harness
