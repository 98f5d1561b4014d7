#include "harness/run/store_writer.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <atomic>
#include <thread>

#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::harness::run;
using namespace proctor::reports;
using proctor::support::TempDir;

namespace {

RunPlan plan_of(int questions, int repeats) {
  TaskPlan task{"sums", "h", "r1", "p", "{}", "integer@1", repeats, {}};
  for (int i = 0; i < questions; ++i) task.questions.push_back({std::to_string(i), "?", "1", {}});
  return {"m", "", 1, "f", "{}", "0", "here", {task}};
}

Generation reply_of(std::size_t bytes) {
  Generation reply;
  reply.text = std::string(bytes, 'x');
  return reply;
}

}  // namespace

TEST_CASE("changes pushed from many threads are all committed before drain returns") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  constexpr int kThreads = 4;
  constexpr int kEach = 3000;
  const RunId run = *store->add_run(plan_of(kThreads, kEach), [](auto&, auto&, int) { return 0; });
  std::atomic<int> committed = 0;
  std::atomic<int> groups = 0;
  {
    StoreWriter writer(
        *store,
        [&](std::vector<Change>& group) {
          committed += static_cast<int>(group.size());
          ++groups;
        },
        [](const Error&) { FAIL("a commit failed"); });
    {
      std::vector<std::jthread> threads;
      for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&writer, thread] {
          for (int i = 0; i < kEach; ++i) {
            const std::int64_t id = 1 + std::int64_t{thread} * kEach + i;
            writer.push(SampleStarted{id});
            writer.push(SampleGenerated{id, reply_of(10)});
          }
        });
      }
    }
    REQUIRE(writer.drain());
    CHECK(committed == 2 * kThreads * kEach);
    CHECK(writer.dropped() == 0);
  }
  CHECK(groups < kThreads * kEach / 10);  // they went out in groups
  int generated = 0;
  REQUIRE(store->visit(run, [&](const SampleResult& result) {
    generated += result.state == SampleState::generated ? 1 : 0;
  }));
  CHECK(generated == kThreads * kEach);
}

TEST_CASE("a commit that fails is told once and nothing is written after it") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const RunId run = *store->add_run(plan_of(10, 1), [](auto&, auto&, int) { return 0; });
  std::atomic<int> failures = 0;
  StoreWriter writer(
      *store, [](std::vector<Change>&) {}, [&](const Error&) { ++failures; });
  writer.push(SampleStarted{1});
  REQUIRE(writer.drain());
  writer.push(SampleScored{2, {}, "g"});  // impossible: it has no reply
  const Result<void> drained = writer.drain();
  REQUIRE_FALSE(drained);
  CHECK(drained.error().code() == ErrorCode::corrupt);
  for (int i = 0; i < 100'000; ++i) writer.push(SampleStarted{3});  // must not block
  CHECK_FALSE(writer.drain());
  CHECK(failures == 1);
  CHECK(writer.dropped() == 100'001);
  REQUIRE(store->visit(run, [&](const SampleResult& result) {
    CHECK(result.state == (result.id == 1 ? SampleState::in_flight : SampleState::planned));
  }));
}

TEST_CASE("a lock that passes is waited for") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  REQUIRE(store->add_run(plan_of(10, 1), [](auto&, auto&, int) { return 0; }));
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open((dir / "a.db").c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  {
    StoreWriter writer(
        *store, [](std::vector<Change>&) {}, [](const Error&) { FAIL("gave up"); });
    writer.push(SampleStarted{1});
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    REQUIRE(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(writer.drain());
  }
  sqlite3_close(other);
}

TEST_CASE("a queue of large replies is bounded and still goes through") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  REQUIRE(store->add_run(plan_of(300, 1), [](auto&, auto&, int) { return 0; }));
  StoreWriter writer(
      *store, [](std::vector<Change>&) {}, [](const Error&) { FAIL("gave up"); });
  for (std::int64_t id = 1; id <= 300; ++id) {
    writer.push(SampleStarted{id});
    writer.push(SampleGenerated{id, reply_of(1U << 20)});
  }
  CHECK(writer.drain());
}
