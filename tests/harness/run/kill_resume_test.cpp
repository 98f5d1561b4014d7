// kill -9 at any moment costs what was in flight, and nothing else.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <set>
#include <thread>
#include <tuple>

#include "tests/harness/support/run_fixture.h"

namespace proctor::harness::run {
namespace {

constexpr int kKills = 20;
constexpr int kConcurrency = 64;
constexpr std::uint64_t kDiceSeed = 20240613;

void wait_for_a_reply(const std::filesystem::path& db) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (replies_in(db) == 0 && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// Starts the run and kills it after a while, again and again; what is stored never grows less.
void run_and_kill(const std::vector<std::string>& command, const std::filesystem::path& db) {
  support::Dice dice(kDiceSeed);
  std::size_t stored = 0;
  for (int i = 0; i < kKills; ++i) {
    // From within the program's start, when there may be no store yet, to hundreds of replies.
    const std::chrono::milliseconds lifetime(5 + dice.below(395));
    CAPTURE(i);
    CAPTURE(lifetime.count());
    Result<support::Child> child = support::Child::start(command);
    REQUIRE(child);
    std::this_thread::sleep_for(lifetime);
    if (i == kKills - 1) wait_for_a_reply(db);  // a slow machine has only started and died so far
    child->kill(SIGKILL);
    const support::ChildEnd end = child->wait();
    INFO(end.err);
    REQUIRE(end.signal == SIGKILL);
    const std::size_t now = replies_in(db);
    CHECK(now >= stored);
    stored = now;
  }
  CHECK(stored > 0);
}

TEST_CASE("a run that is killed twenty times ends as if it had never been disturbed") {
  MESSAGE("moments of the kills from seed " << kDiceSeed);
  const RunFixture fixture;
  const ModelServer calm(fixture);
  const nlohmann::json undisturbed =
      report_of(fixture.run_command(fixture.file("calm.db"), calm.server), 0);

  // 3,920 replies at 64 a tenth of a second take six seconds: more than all the lives together.
  const ModelServer fake(fixture, {.delay = std::chrono::milliseconds(100)});
  const auto db = fixture.file("killed.db");
  const auto command =
      fixture.run_command(db, fake.server, {"--concurrency", std::to_string(kConcurrency)});
  run_and_kill(command, db);
  const nlohmann::json survived = report_of(command, 0);

  CHECK(figures_of(survived) == figures_of(undisturbed));
  CHECK(runs_in(db).size() == 1);
  const std::vector<StoredSample> samples = load_run(db, 1);
  CHECK(samples.size() == 30 * 64 + 500 * 4);
  std::set<std::tuple<std::int32_t, std::int32_t, std::int32_t>> cells;
  for (const StoredSample& sample : samples) {
    cells.insert({sample.result.task, sample.result.question, sample.result.repeat});
    check_scored(sample, expectation_of(fake.model, sample));
  }
  CHECK(cells.size() == samples.size());
  const int repeated = repeated_replies(fake.model, samples);
  MESSAGE("replies completed twice: " << repeated);
  CHECK(repeated <= kConcurrency * kKills);
}

}  // namespace
}  // namespace proctor::harness::run
