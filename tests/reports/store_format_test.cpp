// What formats 2 and 3 of the store brought, and files that an older proctor wrote.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include "reports/store.h"
#include "tests/reports/store_fixture.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::reports;
using proctor::support::TempDir;

namespace {

constexpr ReplyTraits kTraits{.hash = 0xfedcba9876543210,
                              .text_bytes = 120,
                              .reasoning_bytes = 30,
                              .thinking_bytes = 80,
                              .loops = true,
                              .mixes_scripts = false};

RunPlan plan_with_attachments() {
  RunPlan plan = small_plan();
  plan.tasks[1].attachments = {{"contest/2", "{\"b\":2}"}, {"contest/1", std::string(5000, 'x')}};
  return plan;
}

void execute(const std::filesystem::path& file, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

std::int64_t user_version(const std::filesystem::path& file) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  const std::int64_t version = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return version;
}

// A store with a scored sample, 1, and nothing else; the file is closed. Returns the run.
RunId store_with_score(const std::filesystem::path& file, const RunPlan& plan) {
  Result<Store> store = Store::open_for_writing(file);
  REQUIRE(store);
  const Result<RunId> run = store->add_run(plan, small_seed);
  REQUIRE(run);
  const std::vector<Change> changes = {
      SampleStarted{1}, SampleGenerated{1, reply_saying("It is 7.")},
      SampleScored{1, score_of(Verdict::correct, "7"), "integer@1"}};
  REQUIRE(store->commit(changes));
  return *run;
}

void make_format_1(const std::filesystem::path& file) {
  execute(file,
          "DROP TABLE attachment; DROP TABLE attachment_body; DROP TABLE reply_traits;"
          "DROP TABLE cached_reply; DROP TABLE batch; PRAGMA user_version=1;");
}

}  // namespace

TEST_CASE("attachments come back in their order and their bodies are kept once") {
  const TempDir dir;
  const RunPlan plan = plan_with_attachments();
  const RunId first = store_with_score(dir / "a.db", plan);
  const RunId second = [&] {
    Result<Store> store = Store::open_for_writing(dir / "a.db");
    REQUIRE(store);
    const Result<RunId> run = store->add_run(plan, small_seed);
    REQUIRE(run);
    return *run;
  }();
  Result<Store> store = Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  for (const RunId run : {first, second}) {
    const Result<RunPlan> read = store->plan(run);
    REQUIRE(read);
    CHECK(read->tasks[0].attachments.empty());
    CHECK(read->tasks[1].attachments == plan.tasks[1].attachments);
  }
  execute(dir / "a.db", "CREATE TABLE once AS SELECT 1/(count(*) = 2) FROM attachment_body");
}

TEST_CASE("an attachment that is not what its hash says is damage") {
  const TempDir dir;
  const RunId run = store_with_score(dir / "a.db", plan_with_attachments());
  execute(dir / "a.db",
          "UPDATE attachment_body SET body = (SELECT body FROM attachment_body LIMIT 1)");
  Result<Store> store = Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  const Result<RunPlan> read = store->plan(run);
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == ErrorCode::corrupt);
  CHECK(read.error().message().find("attachment contest/") != std::string::npos);
}

TEST_CASE("traits of a reply come with its result and the newest count") {
  const TempDir dir;
  const RunId run = store_with_score(dir / "a.db", small_plan());
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  CHECK_FALSE(results_of(*store, run)[0].traits);
  ReplyTraits newer = kTraits;
  newer.loops = false;
  const std::vector<Change> changes = {SampleExamined{1, kTraits}, SampleExamined{1, newer}};
  REQUIRE(store->commit(changes));
  CHECK(results_of(*store, run)[0].traits == newer);
  CHECK_FALSE(results_of(*store, run)[1].traits);

  const std::vector<Change> without_reply = {SampleExamined{2, kTraits}};
  const Result<void> refused = store->commit(without_reply);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::corrupt);
}

TEST_CASE("all that is stored of a sample can be had by its id") {
  const TempDir dir;
  const RunId run = store_with_score(dir / "a.db", small_plan());
  Result<Store> store = Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  const Result<SampleRecord> scored = store->sample(1);
  REQUIRE(scored);
  CHECK(scored->result.state == SampleState::scored);
  CHECK(scored->result.span == Span{4, 6});
  CHECK(scored->result.total_ms == 50);
  CHECK(scored->result.first_token_ms == 5);
  CHECK(scored->seed == small_seed("sums", small_plan().tasks[0].questions[0], 0));
  REQUIRE(scored->reply);
  CHECK(scored->reply->text == "It is 7.");
  CHECK(scored->reply->attempts == 3);
  REQUIRE(scored->score);
  CHECK(scored->score->extracted == "7");
  CHECK(scored->score->explanation == "box");
  CHECK(scored->grader == "integer@1");
  CHECK_FALSE(scored->damage);

  const Result<SampleRecord> planned = store->sample(8);
  REQUIRE(planned);
  CHECK(planned->result.task == 1);
  CHECK(planned->result.question == 1);
  CHECK_FALSE(planned->reply);
  CHECK_FALSE(planned->score);
  for (const std::int64_t none : {0, 9, -1}) {
    const Result<SampleRecord> missing = store->sample(none);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code() == ErrorCode::not_found);
  }

  std::vector<std::int64_t> ids;
  const auto take = [&](const SampleResult& result) { ids.push_back(result.id); };
  REQUIRE(store->visit_question(run, 0, 2, take));
  REQUIRE(store->visit_question(run, 1, 0, take));
  CHECK(ids == std::vector<std::int64_t>{5, 6, 7});
  for (const auto& [task, question] : {std::pair(0, 3), std::pair(0, -1), std::pair(2, 0)}) {
    const Result<void> missing = store->visit_question(run, task, question, take);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code() == ErrorCode::not_found);
  }
}

TEST_CASE("a store of format 1 is read without being changed") {
  const TempDir dir;
  const RunId run = store_with_score(dir / "a.db", small_plan());
  make_format_1(dir / "a.db");
  {
    Result<Store> store = Store::open_for_reading(dir / "a.db");
    REQUIRE(store);
    const std::vector<SampleResult> results = results_of(*store, run);
    CHECK(results[0].verdict == Verdict::correct);
    CHECK_FALSE(results[0].traits);
    const Result<RunPlan> plan = store->plan(run);
    REQUIRE(plan);
    CHECK(plan->tasks[0].attachments.empty());
    CHECK(store->sample(1));
  }
  CHECK(user_version(dir / "a.db") == 1);
}

TEST_CASE("a store of format 1 becomes one of today when it is written") {
  const TempDir dir;
  const RunId run = store_with_score(dir / "a.db", small_plan());
  make_format_1(dir / "a.db");
  {
    Result<Store> store = Store::open_for_writing(dir / "a.db");
    REQUIRE(store);
    const std::vector<Change> changes = {SampleExamined{1, kTraits}};
    REQUIRE(store->commit(changes));
    CHECK(results_of(*store, run)[0].traits == kTraits);
    const Result<RunId> added = store->add_run(plan_with_attachments(), small_seed);
    REQUIRE(added);
    const Result<RunPlan> plan = store->plan(*added);
    REQUIRE(plan);
    CHECK(plan->tasks[1].attachments.size() == 2);
  }
  CHECK(user_version(dir / "a.db") == 3);
}

TEST_CASE("a reply from a cache is known as one in every way of reading it") {
  const TempDir dir;
  {
    Result<Store> store = Store::open_for_writing(dir / "a.db");
    REQUIRE(store);
    REQUIRE(store->add_run(small_plan(), small_seed));
    Generation kept = reply_saying("It is 7.");
    kept.from_cache = true;
    kept.attempts = 0;
    const std::vector<Change> changes = {SampleStarted{1}, SampleGenerated{1, kept},
                                         SampleStarted{2},
                                         SampleGenerated{2, reply_saying("It is 8.")}};
    REQUIRE(store->commit(changes));
  }
  Result<Store> store = Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  const std::vector<SampleResult> results = results_of(*store, 1);
  CHECK(results[0].from_cache);
  CHECK(results[0].attempts == 0);
  CHECK_FALSE(results[1].from_cache);
  CHECK_FALSE(results[2].from_cache);
  CHECK(store->sample(1)->reply->from_cache);
  CHECK_FALSE(store->sample(2)->reply->from_cache);
  CHECK(store->sample(1)->reply->text == "It is 7.");
}

TEST_CASE("a store of format 2 keeps what that format had") {
  const TempDir dir;
  const RunId run = store_with_score(dir / "a.db", plan_with_attachments());
  {
    Result<Store> store = Store::open_for_writing(dir / "a.db");
    REQUIRE(store);
    const std::vector<Change> changes = {SampleExamined{1, kTraits}};
    REQUIRE(store->commit(changes));
  }
  execute(dir / "a.db", "DROP TABLE cached_reply; DROP TABLE batch; PRAGMA user_version=2;");
  {
    Result<Store> store = Store::open_for_reading(dir / "a.db");
    REQUIRE(store);
    CHECK(results_of(*store, run)[0].traits == kTraits);
    CHECK_FALSE(results_of(*store, run)[0].from_cache);
    CHECK(store->plan(run)->tasks[1].attachments.size() == 2);
  }
  CHECK(user_version(dir / "a.db") == 2);
  {
    Result<Store> store = Store::open_for_writing(dir / "a.db");
    REQUIRE(store);
    CHECK(results_of(*store, run)[0].traits == kTraits);
  }
  CHECK(user_version(dir / "a.db") == 3);
}
