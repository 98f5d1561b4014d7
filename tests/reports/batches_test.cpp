// The table of batches: what is written is there for the next process, and for its run alone.
#include "reports/batches.h"

#include <doctest/doctest.h>

#include "tests/reports/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace proctor::reports {
namespace {

StoredBatch batch_of(const std::string& key) {
  return {.key = key, .file = "file-1", .begun = 1'700'000'000, .requests = {"a-1", "b-2"}};
}

std::vector<StoredBatch> open_in(const std::filesystem::path& file, RunId run) {
  const Result<BatchTable> table = BatchTable::open(file, run);
  REQUIRE(table);
  Result<std::vector<StoredBatch>> open = table->open_batches();
  REQUIRE(open);
  return *open;
}

TEST_CASE("each step of a batch is there for the next process") {
  const support::TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const Result<RunId> first = store->add_run(small_plan(), small_seed);
  const Result<RunId> second = store->add_run(small_plan(), small_seed);
  REQUIRE(first);
  REQUIRE(second);
  const Result<BatchTable> table = BatchTable::open(dir / "a.db", *first);
  REQUIRE(table);
  REQUIRE(table->add(batch_of("k1")));
  REQUIRE(table->add(batch_of("k2")));
  CHECK(open_in(dir / "a.db", *second).empty());
  CHECK(*table->any());
  CHECK_FALSE(*BatchTable::open(dir / "a.db", *second)->any());
  std::vector<StoredBatch> open = open_in(dir / "a.db", *first);
  REQUIRE(open.size() == 2);
  CHECK(open[0].key == "k1");
  CHECK(open[0].file == "file-1");
  CHECK(open[0].id.empty());
  CHECK(open[0].begun == 1'700'000'000);
  CHECK(open[0].requests == std::vector<std::string>{"a-1", "b-2"});

  REQUIRE(table->set_id("k2", "batch_9"));
  REQUIRE(table->end("k1", "not created"));
  open = open_in(dir / "a.db", *first);
  REQUIRE(open.size() == 1);
  CHECK(open[0].id == "batch_9");

  REQUIRE(table->add(batch_of("k3")));
  REQUIRE(table->end_all("collected"));
  CHECK(open_in(dir / "a.db", *first).empty());
  CHECK(*table->any());  // the ended ones count
}

TEST_CASE("a key is written once and only for a run that there is") {
  const support::TempDir dir;
  Result<Store> store = Store::open_for_writing(dir / "a.db");
  REQUIRE(store);
  const Result<RunId> run = store->add_run(small_plan(), small_seed);
  REQUIRE(run);
  const Result<BatchTable> table = BatchTable::open(dir / "a.db", *run);
  REQUIRE(table);
  REQUIRE(table->add(batch_of("k")));
  CHECK_FALSE(table->add(batch_of("k")));
  const Result<BatchTable> nobodys = BatchTable::open(dir / "a.db", *run + 1);
  REQUIRE(nobodys);
  CHECK_FALSE(nobodys->add(batch_of("other")));
}

}  // namespace
}  // namespace proctor::reports
