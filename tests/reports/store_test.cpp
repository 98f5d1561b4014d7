#include "reports/store.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "tests/reports/store_fixture.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::reports;
using proctor::support::TempDir;

namespace {

Result<void> commit_one(Store& store, Change change) {
  const std::vector<Change> changes = {std::move(change)};
  return store.commit(changes);
}

}  // namespace

TEST_CASE("a plan reads back as it was written") {
  const TempDir dir;
  const RunPlan plan = small_plan();
  RunId run = 0;
  {
    Result<Store> store = Store::open_for_writing(dir / "a.db");
    REQUIRE(store);
    const Result<RunId> added = store->add_run(plan, small_seed);
    REQUIRE(added);
    run = *added;
  }
  Result<Store> store = Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  const Result<RunPlan> read = store->plan(run);
  REQUIRE(read);
  CHECK(read->model == plan.model);
  CHECK(read->endpoint == plan.endpoint);
  CHECK(read->seed == plan.seed);
  CHECK(read->fingerprint == plan.fingerprint);
  CHECK(read->config_json == plan.config_json);
  REQUIRE(read->tasks.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(read->tasks[i].task == plan.tasks[i].task);
    CHECK(read->tasks[i].dataset_hash == plan.tasks[i].dataset_hash);
    CHECK(read->tasks[i].protocol_json == plan.tasks[i].protocol_json);
    CHECK(read->tasks[i].grader == plan.tasks[i].grader);
    CHECK(read->tasks[i].repeats == plan.tasks[i].repeats);
    CHECK(read->tasks[i].questions == plan.tasks[i].questions);
  }
}

TEST_CASE("the whole grid is planned before anything is asked") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const RunPlan plan = small_plan();
  const Result<RunId> run = store->add_run(plan, small_seed);
  REQUIRE(run);
  const Result<std::vector<PlannedSample>> samples = store->samples(*run);
  REQUIRE(samples);
  REQUIRE(samples->size() == 3 * 2 + 2 * 1);
  std::size_t i = 0;
  for (int task = 0; task < 2; ++task) {
    const TaskPlan& asked = plan.tasks[static_cast<std::size_t>(task)];
    for (std::size_t question = 0; question < asked.questions.size(); ++question) {
      for (int repeat = 0; repeat < asked.repeats; ++repeat, ++i) {
        const PlannedSample& sample = (*samples)[i];
        CHECK(sample.id == samples->front().id + static_cast<std::int64_t>(i));
        CHECK(sample.task == task);
        CHECK(sample.question == static_cast<int>(question));
        CHECK(sample.repeat == repeat);
        CHECK(sample.state == SampleState::planned);
        CHECK(sample.seed == small_seed(asked.task, asked.questions[question], repeat));
      }
    }
  }
}

TEST_CASE("a sample goes through its states and keeps its reply and score") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const RunId run = *store->add_run(small_plan(), small_seed);
  const std::int64_t id = store->samples(run)->front().id;
  Generation reply = reply_saying("I say 7 \xE2\x82\xAC\n");
  reply.reasoning = std::string(100'000, 'r');
  reply.finish = FinishReason::length;
  reply.usage.cached_prompt = 4;
  const std::vector<Change> changes = {
      SampleStarted{id}, SampleGenerated{id, reply},
      SampleScored{id, score_of(Verdict::wrong, "7"), "integer@1"}};
  REQUIRE(store->commit(changes));

  const SampleResult result = results_of(*store, run).front();
  CHECK(result.state == SampleState::scored);
  CHECK(result.verdict == Verdict::wrong);
  CHECK(result.canonical == "7");
  CHECK(result.thinking == Thinking::closed);
  CHECK(result.finish == FinishReason::length);
  CHECK(result.attempts == 3);
  CHECK(result.usage.completion == 12);
  CHECK_FALSE(result.usage.prompt);
  const Result<Generation> stored = store->reply(id);
  REQUIRE(stored);
  CHECK(stored->text == reply.text);
  CHECK(stored->reasoning == reply.reasoning);
  CHECK(stored->usage.cached_prompt == 4);
  CHECK(stored->served_by == reply.served_by);
  CHECK(stored->total_ms == 50);
}

TEST_CASE("no sample is generated or scored twice") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const RunId run = *store->add_run(small_plan(), small_seed);
  const std::int64_t id = store->samples(run)->front().id;
  const auto generated = [&] { return SampleGenerated{id, reply_saying("a")}; };
  const auto scored = [&] { return SampleScored{id, score_of(Verdict::correct, "1"), "g@1"}; };

  CHECK_FALSE(commit_one(*store, generated()));  // not in flight
  CHECK_FALSE(commit_one(*store, scored()));     // no reply
  CHECK_FALSE(commit_one(*store, SampleFailed{id, "no", 1}));
  REQUIRE(commit_one(*store, SampleStarted{id}));
  CHECK_FALSE(commit_one(*store, SampleStarted{id}));
  REQUIRE(commit_one(*store, generated()));
  CHECK_FALSE(commit_one(*store, generated()));
  CHECK_FALSE(commit_one(*store, SampleStarted{id}));
  REQUIRE(commit_one(*store, scored()));
  const Result<void> twice = commit_one(*store, scored());
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code() == ErrorCode::corrupt);
  CHECK_FALSE(commit_one(*store, SampleUngraded{id, "late"}));
  CHECK(results_of(*store, run).front().state == SampleState::scored);
}

TEST_CASE("a group of changes is applied whole or not at all") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const RunId run = *store->add_run(small_plan(), small_seed);
  const std::int64_t id = store->samples(run)->front().id;
  const std::vector<Change> changes = {SampleStarted{id},
                                       SampleScored{id + 1, score_of(Verdict::correct, "1"), "g"}};
  CHECK_FALSE(store->commit(changes));
  CHECK(results_of(*store, run).front().state == SampleState::planned);
}

TEST_CASE("failed and ungraded samples keep their reason and can be taken up again") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const RunId run = *store->add_run(small_plan(), small_seed);
  const std::int64_t id = store->samples(run)->front().id;
  const std::vector<Change> changes = {SampleStarted{id},
                                       SampleFailed{id, "HTTP 500", 10},
                                       SampleStarted{id + 1},
                                       SampleGenerated{id + 1, reply_saying("kept")},
                                       SampleUngraded{id + 1, "no sandbox"},
                                       SampleStarted{id + 2}};
  REQUIRE(store->commit(changes));
  std::vector<SampleResult> results = results_of(*store, run);
  CHECK(results[0].state == SampleState::failed);
  CHECK(results[0].reason == "HTTP 500");
  CHECK(results[0].attempts == 10);
  CHECK(results[1].state == SampleState::ungraded);
  CHECK(results[1].reason == "no sandbox");

  const Result<std::vector<StoredReply>> waiting = store->unscored(run, true, 0, 10);
  REQUIRE(waiting);
  REQUIRE(waiting->size() == 1);
  CHECK(waiting->front().reply.text == "kept");
  CHECK(waiting->front().question == 0);
  CHECK(store->unscored(run, true, id + 1, 10)->empty());
  CHECK(store->unscored(run, false, 0, 10)->empty());

  CHECK(*store->replan(run, SampleState::failed) == 1);
  CHECK(*store->replan(run, SampleState::in_flight) == 1);
  results = results_of(*store, run);
  CHECK(results[0].state == SampleState::planned);
  CHECK(results[0].reason == "HTTP 500");
  CHECK(results[1].state == SampleState::ungraded);
  CHECK(results[2].state == SampleState::planned);
}

TEST_CASE("only the newest run of a plan, and only while it is open, is continued") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const RunPlan plan = small_plan();
  const auto open = [&](std::uint64_t seed) { return *store->open_run(plan.fingerprint, seed); };
  CHECK_FALSE(open(plan.seed));
  const RunId first = *store->add_run(plan, small_seed);
  CHECK(open(plan.seed) == first);
  CHECK_FALSE(open(plan.seed + 1));
  REQUIRE(store->set_status(first, RunStatus::incomplete));
  CHECK_FALSE(open(plan.seed));
  REQUIRE(store->set_status(first, RunStatus::complete));
  CHECK_FALSE(open(plan.seed));
  const RunId second = *store->add_run(plan, small_seed);
  CHECK(open(plan.seed) == second);
  CHECK(store->run_info(first)->status == RunStatus::complete);
  CHECK_FALSE(store->run_info(first)->finished_at.empty());
  CHECK(store->run_info(second)->finished_at.empty());
  CHECK(store->run_info(77).error().code() == ErrorCode::not_found);
}

TEST_CASE("one proctor writes a file at a time while others read it") {
  const TempDir dir;
  Result<Store> writer = Store::open_for_writing(dir / "a.db");
  REQUIRE(writer);
  const RunId run = *writer->add_run(small_plan(), small_seed);
  const Result<Store> second = Store::open_for_writing(dir / "a.db");
  REQUIRE_FALSE(second);
  CHECK(second.error().code() == ErrorCode::busy);
  CHECK(second.error().message().find("another proctor") != std::string::npos);
  Result<Store> reader = Store::open_for_reading(dir / "a.db");
  REQUIRE(reader);
  CHECK(results_of(*reader, run).size() == 8);
}

TEST_CASE("committed changes are synced to the disk") {
  // FULL is what makes a commit survive a power cut (SQLite, "PRAGMA synchronous"); WAL alone does
  // not.
  const TempDir dir;
  { REQUIRE(Store::open_for_writing(dir / "a.db")); }
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((dir / "a.db").c_str(), &db) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &statement, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  CHECK(std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0))) == "wal");
  sqlite3_finalize(statement);
  sqlite3_close(db);
}

TEST_CASE("a score gives way to a newer one and both can be read with the reply") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const Result<RunId> run = store->add_run(small_plan(), small_seed);
  REQUIRE(run);
  const std::vector<Change> graded = {SampleStarted{2},
                                      SampleGenerated{2, reply_saying("It is 5.")},
                                      SampleScored{2, score_of(Verdict::wrong, "5"), "integer@1"}};
  REQUIRE(store->commit(graded));
  const Result<std::vector<ScoredReply>> before = store->scored(*run, 0, 10);
  REQUIRE(before);
  REQUIRE(before->size() == 1);
  CHECK(before->front().stored.sample == 2);
  CHECK(before->front().stored.reply.text == "It is 5.");
  CHECK(before->front().stored.repeat == 1);
  CHECK(before->front().verdict == Verdict::wrong);
  CHECK(before->front().extracted == "5");
  CHECK(before->front().grader == "integer@1");
  CHECK(store->scored(*run, 2, 10)->empty());

  REQUIRE(commit_one(*store, SampleRescored{2, score_of(Verdict::correct, "5"), "integer@2"}));
  const Result<std::vector<ScoredReply>> after = store->scored(*run, 0, 10);
  REQUIRE(after);
  REQUIRE(after->size() == 1);
  CHECK(after->front().verdict == Verdict::correct);
  CHECK(after->front().grader == "integer@2");
  CHECK(results_of(*store, *run)[1].verdict == Verdict::correct);
}

TEST_CASE("a sample without a score cannot be scored again") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  REQUIRE(store->add_run(small_plan(), small_seed));
  const Result<void> rescored =
      commit_one(*store, SampleRescored{1, score_of(Verdict::correct, "5"), "integer@2"});
  REQUIRE_FALSE(rescored);
  CHECK(rescored.error().code() == ErrorCode::corrupt);
}

TEST_CASE("a run can be said to be graded by other graders") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  RunPlan plan = small_plan();
  const Result<RunId> run = store->add_run(plan, small_seed);
  REQUIRE(run);
  plan.fingerprint = "beef";
  plan.tasks[1].grader = "math@2";
  plan.tasks[1].protocol_hash = "ee55";
  plan.tasks[1].protocol_json = R"({"grader":"math@2"})";
  REQUIRE(store->set_graders(*run, plan));
  const Result<RunPlan> read = store->plan(*run);
  REQUIRE(read);
  CHECK(read->fingerprint == "beef");
  CHECK(read->tasks[0].grader == "integer@1");
  CHECK(read->tasks[1].grader == "math@2");
  CHECK(read->tasks[1].protocol_hash == "ee55");
  CHECK(read->tasks[1].protocol_json == plan.tasks[1].protocol_json);
  const Result<void> missing = store->set_graders(*run + 1, plan);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::not_found);
}
