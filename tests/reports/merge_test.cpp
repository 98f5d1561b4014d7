// Several stores into one: shards of a run united, all else side by side.
#include "reports/merge.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <optional>

#include "tests/reports/store_fixture.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::reports;
using proctor::support::TempDir;

namespace {

namespace fs = std::filesystem;

constexpr ReplyTraits kTraits{.hash = 7,
                              .text_bytes = 9,
                              .reasoning_bytes = 0,
                              .thinking_bytes = 3,
                              .loops = false,
                              .mixes_scripts = true};

// A store with a run of small_plan() and what `fill` does to it: its samples are 1 to 8.
void make_store(const fs::path& file, const std::vector<Change>& changes,
                std::optional<RunStatus> status = std::nullopt,
                const RunPlan& plan = small_plan()) {
  Result<Store> store = Store::open_for_writing(file);
  REQUIRE(store);
  const Result<RunId> run = store->add_run(plan, small_seed);
  REQUIRE(run);
  REQUIRE(store->commit(changes));
  if (status) REQUIRE(store->set_status(*run, *status));
}

std::vector<Change> scored(std::int64_t sample, const std::string& answer) {
  return {SampleStarted{sample}, SampleGenerated{sample, reply_saying("It is " + answer + ".")},
          SampleScored{sample, score_of(Verdict::correct, answer), "integer@1"},
          SampleExamined{sample, kTraits}};
}

std::vector<Change> operator+(std::vector<Change> left, const std::vector<Change>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::vector<SampleRecord> records_in(const fs::path& file, RunId run) {
  Result<Store> store = Store::open_for_reading(file);
  REQUIRE(store);
  std::vector<SampleRecord> records;
  REQUIRE(store->visit_records(run, [&](const SampleRecord& record) -> Result<void> {
    records.push_back(record);
    return {};
  }));
  return records;
}

std::vector<RunInfo> runs_in(const fs::path& file) {
  Result<Store> store = Store::open_for_reading(file);
  REQUIRE(store);
  Result<std::vector<RunInfo>> runs = store->runs();
  REQUIRE(runs);
  return *runs;
}

Result<Merged> merge(const fs::path& out, const std::vector<fs::path>& inputs, bool apart = false) {
  return merge_stores(out, inputs, apart);
}

// Files of the folder that are no store: left over, if there are any.
std::vector<std::string> leftovers(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.find(".partial") != std::string::npos) names.push_back(name);
  }
  return names;
}

void check_equal(const SampleRecord& left, const SampleRecord& right) {
  CHECK(left.result.state == right.result.state);
  CHECK(left.result.reason == right.result.reason);
  CHECK(left.result.attempts == right.result.attempts);
  CHECK(left.result.traits == right.result.traits);
  CHECK(left.seed == right.seed);
  CHECK(left.grader == right.grader);
  REQUIRE(left.reply.has_value() == right.reply.has_value());
  if (left.reply) {
    CHECK(left.reply->text == right.reply->text);
    CHECK(left.reply->finish == right.reply->finish);
    CHECK(left.reply->usage.completion == right.reply->usage.completion);
    CHECK(left.reply->served_by == right.reply->served_by);
    CHECK(left.reply->total_ms == right.reply->total_ms);
  }
  REQUIRE(left.score.has_value() == right.score.has_value());
  if (left.score) {
    CHECK(left.score->verdict == right.score->verdict);
    CHECK(left.score->canonical == right.score->canonical);
    CHECK(left.score->span == right.score->span);
  }
}

}  // namespace

TEST_CASE("shards of one run become one run with all that each has done") {
  const TempDir dir;
  make_store(dir / "a.db", scored(1, "1") + scored(2, "1"), RunStatus::incomplete);
  make_store(dir / "b.db", scored(3, "2") + scored(8, "yes"), RunStatus::incomplete);
  make_store(dir / "c.db", {SampleStarted{5}, SampleFailed{5, "connection refused", 4}});
  const Result<Merged> merged = merge(dir / "all.db", {dir / "a.db", dir / "b.db", dir / "c.db"});
  REQUIRE(merged);
  CHECK(merged->runs == 1);
  CHECK(merged->united == 2);
  CHECK(merged->samples == 3);
  const std::vector<SampleRecord> all = records_in(dir / "all.db", 1);
  const std::vector<SampleRecord> a = records_in(dir / "a.db", 1);
  const std::vector<SampleRecord> b = records_in(dir / "b.db", 1);
  const std::vector<SampleRecord> c = records_in(dir / "c.db", 1);
  REQUIRE(all.size() == 8);
  for (const std::size_t i : {0U, 1U, 3U, 5U, 6U}) check_equal(all[i], a[i]);
  for (const std::size_t i : {2U, 7U}) check_equal(all[i], b[i]);
  check_equal(all[4], c[4]);
  CHECK(runs_in(dir / "all.db")[0].status == RunStatus::open);  // one of them still is
  CHECK(leftovers(dir.path()).empty());
}

TEST_CASE("a run that its shards fill together is complete") {
  const TempDir dir;
  std::vector<Change> front, back;
  for (std::int64_t sample = 1; sample <= 8; ++sample) {
    std::vector<Change>& half = sample <= 4 ? front : back;
    half = half + scored(sample, "1");
  }
  make_store(dir / "a.db", front, RunStatus::incomplete);
  make_store(dir / "b.db", back);
  REQUIRE(merge(dir / "all.db", {dir / "a.db", dir / "b.db"}));
  const RunInfo info = runs_in(dir / "all.db")[0];
  CHECK(info.status == RunStatus::complete);
  CHECK(!info.finished_at.empty());
}

TEST_CASE("a run of which one task is missing is not complete however small that task is") {
  const TempDir dir;
  RunPlan plan = small_plan();
  plan.tasks[0].repeats = 200;
  std::vector<Change> sums;
  for (std::int64_t sample = 1; sample <= 600; ++sample)
    sums = std::move(sums) + scored(sample, "1");
  make_store(dir / "a.db", sums, RunStatus::incomplete, plan);
  make_store(dir / "b.db", scored(1, "1"), RunStatus::incomplete, plan);
  REQUIRE(merge(dir / "all.db", {dir / "a.db", dir / "b.db"}));
  CHECK(runs_in(dir / "all.db")[0].status == RunStatus::incomplete);  // 600 of its 602 samples
  make_store(dir / "words.db", scored(601, "yes") + scored(602, "yes"), RunStatus::incomplete,
             plan);
  REQUIRE(merge(dir / "filled.db", {dir / "a.db", dir / "words.db"}));
  CHECK(runs_in(dir / "filled.db")[0].status == RunStatus::complete);
}

TEST_CASE("a run that was complete by its own measure stays so whichever file comes first") {
  const TempDir dir;
  make_store(dir / "a.db", scored(1, "1"), RunStatus::complete);
  make_store(dir / "b.db", scored(2, "1"));
  make_store(dir / "c.db", scored(3, "1"), RunStatus::incomplete);
  const std::vector<std::vector<fs::path>> orders = {{dir / "a.db", dir / "b.db", dir / "c.db"},
                                                     {dir / "c.db", dir / "b.db", dir / "a.db"}};
  for (const std::vector<fs::path>& order : orders) {
    CAPTURE(order.front());
    const fs::path out = dir / ("all-" + order.front().filename().string());
    REQUIRE(merge(out, order));
    CHECK(runs_in(out)[0].status == RunStatus::complete);
    CHECK(!runs_in(out)[0].finished_at.empty());
  }
}

TEST_CASE("of each sample the furthest state is kept whichever file comes first") {
  const TempDir dir;
  const Change started = SampleStarted{1};
  const Change generated = SampleGenerated{1, reply_saying("It is 1.")};
  const std::vector<std::vector<Change>> stages = {
      {},
      {started},
      {started, SampleFailed{1, "lost", 2}},
      {started, generated},
      {started, generated, SampleUngraded{1, "no sandbox"}},
      {started, generated, SampleScored{1, score_of(Verdict::wrong, "1"), "integer@1"}}};
  for (std::size_t i = 0; i < stages.size(); ++i) {
    make_store(dir / (std::to_string(i) + ".db"), stages[i]);
  }
  const SampleState states[] = {SampleState::planned,  SampleState::in_flight,
                                SampleState::failed,   SampleState::generated,
                                SampleState::ungraded, SampleState::scored};
  for (std::size_t left = 0; left < stages.size(); ++left) {
    for (std::size_t right = 0; right < stages.size(); ++right) {
      CAPTURE(left);
      CAPTURE(right);
      const fs::path out = dir / (std::to_string(left) + "-" + std::to_string(right) + ".db");
      REQUIRE(merge(out,
                    {dir / (std::to_string(left) + ".db"), dir / (std::to_string(right) + ".db")}));
      const SampleRecord record = records_in(out, 1)[0];
      CHECK(record.result.state == states[std::max(left, right)]);
      CHECK(record.reply.has_value() == (std::max(left, right) >= 3));
    }
  }
}

TEST_CASE("two replies to one sample are an error however far each of them has got") {
  const Change started = SampleStarted{4};
  const Change one = SampleGenerated{4, reply_saying("It is 1.")};
  const Change other = SampleGenerated{4, reply_saying("It is 2.")};
  Generation thought = reply_saying("It is 1.");
  thought.reasoning = "one";
  const Change ungraded = SampleUngraded{4, "no sandbox"};
  const Change right = SampleScored{4, score_of(Verdict::correct, "1"), "integer@1"};
  struct Row {
    std::vector<Change> left, right;
    const char* complaint;  // empty: they go together
  };
  const Row rows[] = {
      {{started, one}, {started, other}, "another reply"},
      {{started, one}, {started, other, right}, "another reply"},
      {{started, other, ungraded}, {started, one, right}, "another reply"},
      {{started, one}, {started, SampleGenerated{4, thought}, right}, "another reply"},
      {{started, one}, {started, one, right}, ""},
      {{started, SampleFailed{4, "lost", 2}}, {started, other, right}, ""}};
  const TempDir dir;
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    CAPTURE(i);
    const fs::path left = dir / (std::to_string(i) + "l.db");
    const fs::path right_side = dir / (std::to_string(i) + "r.db");
    make_store(left, rows[i].left);
    make_store(right_side, rows[i].right);
    const bool conflict = *rows[i].complaint != '\0';
    for (const bool swapped : {false, true}) {
      const fs::path out = dir / (std::to_string(i) + (swapped ? "s.db" : "o.db"));
      const Result<Merged> merged =
          swapped ? merge(out, {right_side, left}) : merge(out, {left, right_side});
      REQUIRE(static_cast<bool>(merged) == !conflict);
      CHECK(fs::exists(out) == !conflict);
      if (!conflict) continue;
      CHECK(merged.error().message().find(std::string("question q1, repeat 1 has ") +
                                          rows[i].complaint) != std::string::npos);
    }
  }
}

TEST_CASE("two scores of one sample that differ are an error that names it") {
  const TempDir dir;
  const std::vector<Change> answered = {SampleStarted{4},
                                        SampleGenerated{4, reply_saying("It is 2 or 5.")}};
  const auto by_answer = [&](const char* answer) {
    return answered +
           std::vector<Change>{SampleScored{4, score_of(Verdict::correct, answer), "g@1"}};
  };
  make_store(dir / "a.db", scored(1, "1") + by_answer("2"));
  make_store(dir / "b.db", scored(1, "1") + by_answer("5"));
  const Result<Merged> merged = merge(dir / "all.db", {dir / "a.db", dir / "b.db"});
  REQUIRE(!merged);
  CHECK(merged.error().code() == ErrorCode::invalid_input);
  const std::string& message = merged.error().message();
  CAPTURE(message);
  CHECK(message.find("b.db: run 1: task sums, question q1, repeat 1 has another score") !=
        std::string::npos);
  CHECK(!fs::exists(dir / "all.db"));
  CHECK(leftovers(dir.path()).empty());
  // The same file twice is no conflict.
  const Result<Merged> same = merge(dir / "all.db", {dir / "a.db", dir / "a.db"});
  REQUIRE(same);
  CHECK(same->samples == 0);
}

TEST_CASE("runs of one plan stay apart if that is asked for") {
  const TempDir dir;
  make_store(dir / "a.db", scored(1, "1"));
  make_store(dir / "b.db", scored(1, "5"));
  const Result<Merged> merged = merge(dir / "all.db", {dir / "a.db", dir / "b.db"}, true);
  REQUIRE(merged);
  CHECK(merged->runs == 2);
  CHECK(merged->united == 0);
  CHECK(records_in(dir / "all.db", 1)[0].score->canonical == "1");
  CHECK(records_in(dir / "all.db", 2)[0].score->canonical == "5");
}

TEST_CASE("runs of other plans come along with their questions and attachments shared") {
  const TempDir dir;
  RunPlan plan = small_plan();
  plan.tasks[1].attachments = {{"contest/1", "{}"}};
  make_store(dir / "a.db", scored(1, "1"), RunStatus::complete, plan);
  RunPlan other = plan;
  other.seed = 5;
  make_store(dir / "b.db", scored(2, "1"), RunStatus::complete, other);
  const Result<Merged> merged = merge(dir / "all.db", {dir / "a.db", dir / "b.db"});
  REQUIRE(merged);
  CHECK(merged->runs == 2);
  Result<Store> store = Store::open_for_reading(dir / "all.db");
  REQUIRE(store);
  for (const RunId run : {RunId{1}, RunId{2}}) {
    const Result<RunPlan> copied = store->plan(run);
    REQUIRE(copied);
    REQUIRE(copied->tasks.size() == 2);
    CHECK(copied->tasks[0].questions == plan.tasks[0].questions);
    CHECK(copied->tasks[1].attachments == plan.tasks[1].attachments);
    CHECK(copied->config_json == plan.config_json);
    CHECK(copied->seed == (run == 1 ? plan.seed : other.seed));
  }
  CHECK(store->sample(1)->result.state == SampleState::scored);
  CHECK(store->sample(10)->result.state == SampleState::scored);  // 2 of the second run's 8
}

TEST_CASE("a reply from a cache stays one whether its run is united or copied") {
  const TempDir dir;
  std::vector<Change> kept = scored(2, "1");
  std::get<SampleGenerated>(kept[1]).reply.from_cache = true;
  make_store(dir / "a.db", scored(1, "1"));
  make_store(dir / "b.db", kept);
  for (const bool apart : {false, true}) {
    CAPTURE(apart);
    const fs::path out = dir / (apart ? "apart.db" : "united.db");
    REQUIRE(merge(out, {dir / "a.db", dir / "b.db"}, apart));
    CHECK_FALSE(records_in(out, 1)[0].result.from_cache);
    const SampleRecord second = records_in(out, apart ? 2 : 1)[1];
    CHECK(second.result.state == SampleState::scored);
    CHECK(second.result.from_cache);
  }
}

TEST_CASE("several nights in one file are not taken for the shards of one run") {
  const TempDir dir;
  make_store(dir / "nights.db", scored(1, "1"));
  make_store(dir / "nights.db", {});
  make_store(dir / "b.db", scored(2, "1"));
  const Result<Merged> merged = merge(dir / "all.db", {dir / "nights.db", dir / "b.db"});
  REQUIRE(!merged);
  CHECK(merged.error().message().find("--apart") != std::string::npos);
  CHECK(!merge(dir / "all.db", {dir / "b.db", dir / "nights.db"}));
  const Result<Merged> apart = merge(dir / "all.db", {dir / "nights.db", dir / "b.db"}, true);
  REQUIRE(apart);
  CHECK(apart->runs == 3);
}

TEST_CASE("inputs stay as they are and an older format is read") {
  const TempDir dir;
  make_store(dir / "a.db", scored(1, "1"));
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((dir / "a.db").c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db,
                     "DROP TABLE attachment; DROP TABLE attachment_body; DROP TABLE reply_traits;"
                     "DROP TABLE cached_reply; DROP TABLE batch; PRAGMA user_version=1;",
                     nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  make_store(dir / "b.db", scored(2, "1"));
  const std::string old_bytes = support::read_file(dir / "a.db");
  const std::string new_bytes = support::read_file(dir / "b.db");
  REQUIRE(merge(dir / "all.db", {dir / "a.db", dir / "b.db"}));
  CHECK(support::read_file(dir / "a.db") == old_bytes);
  CHECK(support::read_file(dir / "b.db") == new_bytes);
  const std::vector<SampleRecord> all = records_in(dir / "all.db", 1);
  CHECK(all[0].result.state == SampleState::scored);
  CHECK(!all[0].result.traits);
  CHECK(all[1].result.traits == kTraits);
}

TEST_CASE("nothing that is there is overwritten and nothing is made of what cannot be read") {
  const TempDir dir;
  make_store(dir / "a.db", scored(1, "1"));
  dir.write("taken.db", "precious");
  const Result<Merged> taken = merge(dir / "taken.db", {dir / "a.db"});
  REQUIRE(!taken);
  CHECK(taken.error().code() == ErrorCode::invalid_input);
  CHECK(support::read_file(dir / "taken.db") == "precious");
  const Result<Merged> missing = merge(dir / "all.db", {dir / "a.db", dir / "none.db"});
  REQUIRE(!missing);
  CHECK(missing.error().code() == ErrorCode::not_found);
  const Result<Merged> damaged = merge(dir / "all.db", {dir / "a.db", dir / "taken.db"});
  REQUIRE(!damaged);
  CHECK(damaged.error().code() == ErrorCode::corrupt);
  CHECK(!fs::exists(dir / "all.db"));
  CHECK(leftovers(dir.path()).empty());
}
