// Stores cut and corrupted: an error that says so, or the right answer; never a crash.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <fstream>
#include <random>

#include "reports/store.h"
#include "tests/reports/store_fixture.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::reports;
using proctor::support::read_file;
using proctor::support::TempDir;

namespace {

// A store with a run of which every sample has a reply, without its WAL.
std::string sound_store(const TempDir& dir) {
  {
    Result<Store> store = Store::open_for_writing(dir / "sound.db");
    REQUIRE(store);
    const RunId run = *store->add_run(small_plan(), small_seed);
    for (const PlannedSample& sample : *store->samples(run)) {
      const std::vector<Change> changes = {
          SampleStarted{sample.id},
          SampleGenerated{sample.id,
                          reply_saying(std::string(3000, 'x') + std::to_string(sample.id))},
          SampleScored{sample.id, score_of(Verdict::correct, "1"), "g@1"}};
      REQUIRE(store->commit(changes));
    }
  }
  return read_file(dir / "sound.db");
}

// Reads everything there is; the first error, if any.
Result<void> read_all(const std::filesystem::path& file) {
  Result<Store> store = Store::open_for_reading(file);
  if (!store) return store.error();
  const Result<std::vector<RunInfo>> runs = store->runs();
  if (!runs) return runs.error();
  for (const RunInfo& info : *runs) {
    const Result<RunPlan> plan = store->plan(info.id);
    if (!plan) return plan.error();
    std::vector<std::int64_t> ids;
    const Result<void> visited =
        store->visit(info.id, [&](const SampleResult& result) { ids.push_back(result.id); });
    if (!visited) return visited;
    for (const std::int64_t id : ids) {
      const Result<Generation> reply = store->reply(id);
      if (!reply) return reply.error();
    }
  }
  return {};
}

}  // namespace

TEST_CASE("a file that is no store is refused by name and left alone") {
  const TempDir dir;
  const std::string text(5000, 'n');
  const auto file = dir.write("notes.db", text);
  for (const auto open : {Store::open_for_reading, Store::open_for_writing}) {
    const Result<Store> store = open(file);
    REQUIRE_FALSE(store);
    CHECK(store.error().code() == ErrorCode::corrupt);
    CHECK(store.error().message().find(file.string()) != std::string::npos);
  }
  CHECK(read_file(file) == text);
}

TEST_CASE("an SQLite file of another program is refused") {
  const TempDir dir;
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((dir / "other.db").c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "CREATE TABLE t(x)", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  const std::string before = read_file(dir / "other.db");
  const Result<Store> store = Store::open_for_writing(dir / "other.db");
  CHECK(read_file(dir / "other.db") == before);
  REQUIRE_FALSE(store);
  CHECK(store.error().message().find("not a proctor store") != std::string::npos);
}

TEST_CASE("a store of a later format is refused and says which") {
  const TempDir dir;
  sound_store(dir);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((dir / "sound.db").c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "PRAGMA user_version=99", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  const Result<Store> store = Store::open_for_reading(dir / "sound.db");
  REQUIRE_FALSE(store);
  CHECK(store.error().message().find("format 99") != std::string::npos);
}

TEST_CASE("a missing store is not made by reading it") {
  const TempDir dir;
  const Result<Store> store = Store::open_for_reading(dir / "none.db");
  REQUIRE_FALSE(store);
  CHECK(store.error().code() == ErrorCode::not_found);
  CHECK_FALSE(std::filesystem::exists(dir / "none.db"));
}

TEST_CASE("a damaged store says that it is damaged and is not written to") {
  const TempDir dir;
  std::string bytes = sound_store(dir);
  for (std::size_t at = 4096; at < 4096 * 4; ++at) bytes[at] = static_cast<char>(0x5a);
  const auto file = dir.write("damaged.db", bytes);
  for (const auto open : {Store::open_for_reading, Store::open_for_writing}) {
    const Result<Store> store = open(file);
    REQUIRE_FALSE(store);
    CHECK(store.error().code() == ErrorCode::corrupt);
    CHECK(store.error().message().find("the store is damaged") != std::string::npos);
  }
  CHECK(read_file(file) == bytes);
}

TEST_CASE("a store cut at any page is refused") {
  const TempDir dir;
  const std::string bytes = sound_store(dir);
  REQUIRE(bytes.size() >= 10 * 4096);
  for (std::size_t size = 4096; size < bytes.size(); size += 4096) {
    CAPTURE(size);
    const auto file = dir.write("cut.db", bytes.substr(0, size));
    CHECK_FALSE(read_all(file));
  }
}

TEST_CASE("numbers that no plan has are damage and never an index") {
  struct Row {
    const char* change;
    const char* where;
  };
  constexpr Row kRows[] = {
      {"UPDATE sample SET question=1000000 WHERE id=2", "sample 2"},
      {"UPDATE sample SET question=-1 WHERE id=2", "sample 2"},
      {"UPDATE sample SET repeat=7 WHERE id=2", "sample 2"},
      {"UPDATE run_task SET ordinal=100000 WHERE ordinal=1", "words"},
      {"UPDATE run_task SET repeats=-1 WHERE ordinal=0", "sums"},
      {"UPDATE run_task SET repeats=0 WHERE ordinal=0", "sums"},
      {"UPDATE run_task SET samples=600 WHERE ordinal=0", "sums"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.change);
    const TempDir dir;
    sound_store(dir);
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open((dir / "sound.db").c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, row.change, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
    const Result<void> read = read_all(dir / "sound.db");
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == ErrorCode::corrupt);
    CHECK(read.error().message().find(row.where) != std::string::npos);
  }
}

TEST_CASE("a reply that cannot be read back does not keep others from their scores") {
  const TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const RunId run = *store->add_run(small_plan(), small_seed);
  const std::vector<Change> changes = {SampleStarted{1}, SampleGenerated{1, reply_saying("one")},
                                       SampleStarted{2}, SampleGenerated{2, reply_saying("two")}};
  REQUIRE(store->commit(changes));
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((dir / "a.db").c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "UPDATE generation SET text=x'00112233' WHERE sample=1", nullptr,
                       nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  const Result<std::vector<StoredReply>> replies = store->unscored(run, false, 0, 10);
  REQUIRE(replies);
  REQUIRE(replies->size() == 2);
  CHECK((*replies)[0].damage);
  CHECK_FALSE((*replies)[1].damage);
  CHECK((*replies)[1].reply.text == "two");
}

TEST_CASE("flipped bytes never crash a reader") {
  const TempDir dir;
  const std::string bytes = sound_store(dir);
  std::mt19937 random(7);
  int noticed = 0;
  for (int round = 0; round < 300; ++round) {
    std::string damaged = bytes;
    for (int flips = 0; flips < 4; ++flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    const Result<void> read = read_all(dir.write("flipped.db", damaged));
    if (!read) ++noticed;
  }
  CHECK(noticed > 0);
}
