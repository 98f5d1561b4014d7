// Runs by batches, of the real program: the same figures as live, whatever becomes of the process.
#include <doctest/doctest.h>
#include <signal.h>

#include <thread>

#include "reports/batches.h"
#include "tests/harness/support/run_fixture.h"
#include "tests/support/fake_batches.h"
#include "tests/support/fake_reply.h"

namespace proctor::harness::run {
namespace {

constexpr int kKills = 12;
constexpr std::uint64_t kDiceSeed = 20261122;

// 6 questions of each task, twice.
constexpr std::size_t kSamples = 24;

struct BatchServer {
  explicit BatchServer(const RunFixture& fixture, support::FakeBatchesOptions options = {})
      : model(fixture.answers()), batches(model, std::move(options)) {}

  support::FakeModel model;
  support::FakeBatches batches;
  support::FakeServer server{
      [this](const support::HttpRequest& request) { return batches.answer(request); }};
};

std::vector<std::string> command_for(const RunFixture& fixture, const std::filesystem::path& db,
                                     const support::FakeServer& server,
                                     std::vector<std::string> more) {
  more.insert(more.end(), {"--limit", "6", "--samples", "2"});
  return fixture.run_command(db, server, more);
}

int asked_twice(const support::FakeBatches& batches) {
  int twice = 0;
  for (const auto& [id, times] : batches.asked()) twice += times > 1 ? 1 : 0;
  return twice;
}

std::size_t open_batches_in(const std::filesystem::path& db) {
  const Result<reports::BatchTable> table = reports::BatchTable::open(db, 1);
  REQUIRE(table);
  const Result<std::vector<reports::StoredBatch>> open = table->open_batches();
  REQUIRE(open);
  return open->size();
}

bool says(const support::ChildEnd& end, std::string_view text) {
  return end.err.find(text) != std::string::npos;
}

TEST_CASE("a run by batches comes to the same figures as a live one") {
  const RunFixture fixture;
  const BatchServer service(fixture);
  const nlohmann::json live =
      report_of(command_for(fixture, fixture.file("live.db"), service.server, {}), 0);
  const auto db = fixture.file("batch.db");
  const nlohmann::json batched =
      report_of(command_for(fixture, db, service.server,
                            {"--batch", "--batch-poll", "0.05", "--batch-size", "10"}),
                0);
  CHECK(figures_of(batched) == figures_of(live));
  CHECK(service.batches.sizes() == std::vector<int>{10, 10, 4});
  CHECK(open_batches_in(db) == 0);
  // By which a budget tells them from replies that were paid for as live ones.
  for (const StoredSample& sample : load_run(db, 1)) CHECK(sample.result.total_ms == 0);
}

TEST_CASE("a run by batches that is killed again and again pays for nothing twice") {
  MESSAGE("moments of the kills from seed " << kDiceSeed);
  const RunFixture fixture;
  const BatchServer service(fixture, {.looks = 3});
  const nlohmann::json live =
      report_of(command_for(fixture, fixture.file("live.db"), service.server, {}), 0);
  const auto db = fixture.file("killed.db");
  const auto command = command_for(fixture, db, service.server,
                                   {"--batch", "--batch-poll", "0.05", "--batch-size", "2"});
  support::Dice dice(kDiceSeed);
  for (int i = 0; i < kKills && replies_in(db) < kSamples; ++i) {
    const std::chrono::milliseconds lifetime(10 + dice.below(190));
    Result<support::Child> child = support::Child::start(command);
    REQUIRE(child);
    std::this_thread::sleep_for(lifetime);
    // A slow machine has only started and died so far.
    if (i == kKills - 1) REQUIRE(comes_true([&] { return service.batches.batches() > 0; }));
    child->kill(SIGKILL);
    (void)child->wait();
  }
  const int begun = service.batches.batches();
  MESSAGE("killed with " << begun << " batches begun, " << open_batches_in(db) << " of them open");
  const nlohmann::json survived =
      report_of({PROCTOR_BINARY, "resume", "1", "--db", db.string(), "--data",
                 fixture.file("data").string(), "--quiet", "--json", "--no-canary"},
                0);
  CHECK(figures_of(survived) == figures_of(live));
  CHECK(runs_in(db).size() == 1);
  CHECK(service.batches.asked().size() == kSamples);
  CHECK(asked_twice(service.batches) == 0);
  CHECK(open_batches_in(db) == 0);
}

TEST_CASE("a process killed before it was told of its batch leaves one that is found again") {
  const RunFixture fixture;
  const BatchServer service(fixture, {.create_fate = [](int attempt) {
                              return attempt == 0 ? support::CreateFate::stalled
                                                  : support::CreateFate::answered;
                            }});
  const auto db = fixture.file("stalled.db");
  const auto command =
      command_for(fixture, db, service.server, {"--batch", "--batch-poll", "0.05"});
  Result<support::Child> child = support::Child::start(command);
  REQUIRE(child);
  REQUIRE(comes_true([&] { return service.batches.batches() == 1; }));
  child->kill(SIGKILL);
  (void)child->wait();
  const support::ChildEnd end = run_program(command);
  CHECK(end.exit_code == 0);
  CHECK(says(end, "found again at the service"));
  CHECK(service.batches.batches() == 1);
  CHECK(load_run(db, 1).size() == kSamples);
}

TEST_CASE("an interrupted run leaves its batches at the service and collects them later") {
  const RunFixture fixture;
  BatchServer service(fixture);
  service.batches.hold(true);
  const auto db = fixture.file("interrupted.db");
  const auto command =
      command_for(fixture, db, service.server, {"--batch", "--batch-poll", "0.05"});
  Result<support::Child> child = support::Child::start(command);
  REQUIRE(child);
  REQUIRE(comes_true([&] { return service.batches.batches() == 1; }));
  REQUIRE(comes_true([&] { return child->err().find("handed in") != std::string::npos; }));
  child->kill(SIGINT);
  const support::ChildEnd stopped = child->wait();
  CHECK(stopped.exit_code == 130);
  CHECK(says(stopped, "go on at the service"));

  const std::vector<std::string> resume = {PROCTOR_BINARY, "resume",  "1",          "--db",
                                           db.string(),    "--quiet", "--no-canary"};
  std::vector<std::string> live = resume;
  live.emplace_back("--no-batch");
  const support::ChildEnd refused = run_program(live);
  CHECK(refused.exit_code == 2);
  CHECK(says(refused, "--batch collects them"));

  service.batches.hold(false);
  const support::ChildEnd resumed = run_program(resume);
  CHECK(resumed.exit_code == 0);
  CHECK(service.batches.batches() == 1);
  CHECK(asked_twice(service.batches) == 0);
  for (const StoredSample& sample : load_run(db, 1)) {
    check_scored(sample, expectation_of(service.model, sample));
  }
}

}  // namespace
}  // namespace proctor::harness::run
