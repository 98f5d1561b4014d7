// Ctrl-C, and what a job scheduler sends: the run stops at once, in good order, and can go on.
#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/harness/support/run_fixture.h"

namespace proctor::harness::run {
namespace {

using std::chrono::milliseconds;
using support::Fault;

constexpr int kInterruptedCode = 130;
constexpr milliseconds kAtOnce{2000};

// Sends the signals with a short pause between them; the program must end by itself, in time.
support::ChildEnd interrupt(support::Child& child, const std::vector<int>& signals) {
  const auto sent = std::chrono::steady_clock::now();
  for (const int signal : signals) {
    child.kill(signal);
    std::this_thread::sleep_for(milliseconds(30));
  }
  support::ChildEnd end = child.wait(std::chrono::seconds(20));
  CHECK_FALSE(end.ran_too_long);
  CHECK(std::chrono::steady_clock::now() - sent < kAtOnce);
  return end;
}

TEST_CASE("a signal ends a run within two seconds and the same command completes it") {
  struct Row {
    int signal;
    milliseconds gap;  // between the events of a stream: it is cut in the middle, or it is whole
    std::vector<std::string> flags;
  };
  const Row kRows[] = {
      {SIGINT, milliseconds(0), {}},
      {SIGINT, milliseconds(1), {}},
      {SIGTERM, milliseconds(0), {"--no-stream"}},
  };
  const RunFixture fixture;
  const ModelServer calm(fixture);
  const std::vector<std::string> grid = {"--limit", "20", "--samples", "6", "--concurrency", "16"};
  const nlohmann::json undisturbed =
      report_of(fixture.run_command(fixture.file("calm.db"), calm.server, grid), 0);
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    CAPTURE(i);
    const ModelServer fake(fixture, {.delay = milliseconds(60), .gap = kRows[i].gap});
    const auto db = fixture.file("run" + std::to_string(i) + ".db");
    std::vector<std::string> flags = grid;
    flags.insert(flags.end(), kRows[i].flags.begin(), kRows[i].flags.end());
    const auto command = fixture.run_command(db, fake.server, flags);
    Result<support::Child> child = support::Child::start(command);
    REQUIRE(child);
    CHECK(comes_true([&] { return fake.server.counters().requests > 80; }));
    const support::ChildEnd end = interrupt(*child, {kRows[i].signal});
    CHECK(end.exit_code == kInterruptedCode);
    CHECK(end.err.find("resumable") != std::string::npos);
    CHECK(end.out.empty());

    REQUIRE(runs_in(db).size() == 1);
    CHECK(runs_in(db)[0].status == reports::RunStatus::open);
    int scored = 0;
    for (const StoredSample& sample : load_run(db, 1)) {
      const bool done = sample.result.state == SampleState::scored;
      CHECK((done || sample.result.state == SampleState::planned));
      scored += done ? 1 : 0;
    }
    CHECK(scored >= 64);  // of 80 asked, 16 are in flight
    CHECK(scored < 240);

    CHECK(figures_of(report_of(command, 0)) == figures_of(undisturbed));
    CHECK(runs_in(db).size() == 1);
    CHECK(repeated_replies(fake.model, load_run(db, 1)) <= 16);
  }
}

TEST_CASE("signals end a run whose server has gone silent") {
  struct Row {
    Fault fault;
    std::vector<int> signals;
  };
  const Row kRows[] = {
      {Fault::stall_before_reply, {SIGINT}},           {Fault::stall_mid_stream, {SIGINT}},
      {Fault::stall_before_reply, {SIGINT, SIGINT}},   {Fault::stall_mid_stream, {SIGTERM, SIGINT}},
      {Fault::stall_before_reply, {SIGTERM, SIGTERM}},
  };
  const RunFixture fixture;
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    CAPTURE(i);
    support::FakeModel silent(fixture.answers(),
                              {.faults = {.rate = 1, .kinds = {kRows[i].fault}}});
    support::FakeModel sound(fixture.answers());
    std::atomic<bool> healed = false;
    const support::FakeServer server([&](const support::HttpRequest& request) {
      return healed ? sound.answer(request) : silent.answer(request);
    });
    const auto db = fixture.file("run" + std::to_string(i) + ".db");
    const auto command =
        fixture.run_command(db, server, {"--limit", "5", "--samples", "4", "--concurrency", "8"});
    Result<support::Child> child = support::Child::start(command);
    REQUIRE(child);
    CHECK(comes_true([&] { return server.counters().requests == 8; }));
    CHECK(interrupt(*child, kRows[i].signals).exit_code == kInterruptedCode);

    healed = true;
    const nlohmann::json report = report_of(command, 0);
    CHECK(report.at("run") == 1);
    const std::vector<StoredSample> samples = load_run(db, 1);
    CHECK(repeated_replies(sound, samples) == 0);
    for (const StoredSample& sample : samples) check_scored(sample, expectation_of(sound, sample));
  }
}

}  // namespace
}  // namespace proctor::harness::run
