// A disk that fills up, is full from the beginning, or has damaged the store.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>

#include "tests/harness/support/run_fixture.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"

namespace proctor::harness::run {
namespace {

namespace fs = std::filesystem;
using support::SmallDisk;

constexpr int kCannotCode = 4;
constexpr const char* kNoMount = "needs a disk that fills up: mounting a tmpfs takes root";

void check_says_full(const support::ChildEnd& end, const fs::path& db) {
  INFO(end.err);
  CHECK(end.exit_code == kCannotCode);
  CHECK(end.err.find(db.string()) != std::string::npos);
  CHECK(end.err.find("full") != std::string::npos);
  CHECK(end.out.empty());
}

TEST_CASE("a run that fills the disk stops and goes on when there is room") {
  // The whole run takes 780 KB without its log, whose length is a matter of timing.
  const std::optional<SmallDisk> disk = SmallDisk::mounted("640k");
  if (!disk) SKIP(kNoMount);
  const RunFixture fixture;
  const ModelServer fake(fixture);
  const std::vector<std::string> grid = {"--limit", "30", "--samples", "24"};
  const nlohmann::json undisturbed =
      report_of(fixture.run_command(fixture.file("roomy.db"), fake.server, grid), 0);

  const fs::path db = disk->file("proctor.db");
  const ModelServer again(fixture);
  const auto command = fixture.run_command(db, again.server, grid);
  check_says_full(run_program(command), db);
  CHECK(again.server.counters().requests > 0);  // it was on its way, not still planning
  // And once more, with no room at all from the beginning.
  check_says_full(run_program(command), db);

  disk->grow("64m");
  const nlohmann::json report = report_of(command, 0);
  CHECK(figures_of(report) == figures_of(undisturbed));
  REQUIRE(runs_in(db).size() == 1);
  for (const StoredSample& sample : load_run(db, 1)) {
    check_scored(sample, expectation_of(again.model, sample));
  }
}

TEST_CASE("a disk that is full before the run begins is named") {
  const std::optional<SmallDisk> disk = SmallDisk::mounted("1m");
  if (!disk) SKIP(kNoMount);
  disk->fill();
  const RunFixture fixture;
  const ModelServer fake(fixture);
  const fs::path db = disk->file("proctor.db");
  const auto command = fixture.run_command(db, fake.server, {"--limit", "2", "--samples", "2"});
  check_says_full(run_program(command), db);
  CHECK(fake.server.counters().requests == 0);

  fs::remove(disk->file("ballast"));
  CHECK(report_of(command, 0).at("run") == 1);
}

TEST_CASE("a damaged store is refused and left as it is") {
  const RunFixture fixture;
  const ModelServer fake(fixture);
  const fs::path sound = fixture.file("sound.db");
  const std::vector<std::string> grid = {"--limit", "10", "--samples", "4"};
  (void)report_of(fixture.run_command(sound, fake.server, grid), 0);
  const auto requests = fake.server.counters().requests;
  const std::string bytes = support::read_file(sound);
  REQUIRE(bytes.size() > 10 * 4096);
  for (const std::size_t begin : {std::size_t{0}, std::size_t{100}, bytes.size() / 2}) {
    CAPTURE(begin);
    std::string spoiled = bytes;
    // Three pages' length, so that at least one whole page is lost.
    spoiled.replace(begin, 3 * 4096, 3 * 4096, '\x5a');
    const fs::path db = fixture.file("damaged.db");
    std::ofstream(db, std::ios::binary) << spoiled;
    const std::vector<std::string> commands[] = {
        fixture.run_command(db, fake.server, grid),
        {PROCTOR_BINARY, "resume", "1", "--db", db},
        {PROCTOR_BINARY, "report", "--db", db},
    };
    for (const std::vector<std::string>& command : commands) {
      CAPTURE(command[1]);
      const support::ChildEnd end = run_program(command);
      INFO(end.err);
      CHECK(end.exit_code == kCannotCode);
      CHECK(end.err.find(db.string()) != std::string::npos);
      CHECK(end.err.find("damaged") != std::string::npos);
      CHECK(support::read_file(db) == spoiled);
    }
  }
  CHECK(fake.server.counters().requests == requests);
}

}  // namespace
}  // namespace proctor::harness::run
