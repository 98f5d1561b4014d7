// Whole runs over a network and a server of which everything that can go wrong does.
#include <doctest/doctest.h>

#include <atomic>
#include <iterator>
#include <utility>

#include "tests/harness/support/run_fixture.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::run {
namespace {

using nlohmann::json;
using support::Fault;

constexpr int kDoneCode = 0;
constexpr int kIncompleteCode = 3;

// Runs the program against a server that fails three attempts in ten, in every way it can, and
// holds each sample against what it must be.
void run_through_faults(const RunFixture& fixture, bool streaming,
                        const std::vector<std::string>& size_flags, std::size_t size) {
  constexpr int kMaxAttempts = 14;
  CAPTURE(streaming);
  const ModelServer fake(fixture, {.faults = {.rate = 0.3, .seed = 11}});
  const auto db = fixture.file(streaming ? "streaming.db" : "whole.db");
  std::vector<std::string> flags = size_flags;
  flags.insert(flags.end(),
               {"--max-attempts", std::to_string(kMaxAttempts), "--idle-timeout", "1.5"});
  if (!streaming) flags.push_back("--no-stream");
  const json report = report_of(fixture.run_command(db, fake.server, flags), kDoneCode);

  const std::vector<StoredSample> samples = load_run(db, 1);
  CHECK(samples.size() == size);
  support::ModelLog log = fake.model.log();
  int empty = 0;
  int cut = 0;
  int repeated = 0;
  for (const StoredSample& sample : samples) {
    const Expectation expected = expectation_of(fake.model, sample, kMaxAttempts);
    check_scored(sample, expected);
    CHECK(sample.result.attempts <= expected.attempts);
    CHECK(sample.result.attempts >= expected.attempts - expected.silent_resets);
    const auto asked = static_cast<int>(log[{sample.problem, sample.seed}].attempts.size());
    CHECK(asked == expected.attempts);
    empty += expected.finish == FinishReason::empty ? 1 : 0;
    cut += expected.finish == FinishReason::length ? 1 : 0;
    repeated += sample.result.attempts - 1;
  }
  // The plan of faults is not so kind that this test says nothing.
  CHECK(empty > 0);
  CHECK(cut > 0);
  CHECK(repeated > 50);
  MESSAGE(size << " samples, " << repeated << " attempts repeated, " << empty << " empty, " << cut
               << " cut");
  // The model counts a reply as completed when nothing was wrong with it, and every fault but the
  // two legitimate replies strikes before the last byte or spoils what was sent. So a sample that
  // is asked again has completed nothing yet, and one that has completed is not asked again.
  CHECK(repeated_replies(fake.model, samples) == 0);

  int reported_empty = 0;
  int reported_cut = 0;
  int reported_repeats = 0;
  for (const json& task : report.at("tasks")) {
    CHECK(task.at("coverage") == 1.0);
    reported_empty += task.at("finish").at("empty").get<int>();
    reported_cut += task.at("finish").at("length").get<int>();
    reported_repeats += task.at("repeated_requests").get<int>();
  }
  CHECK(reported_empty == empty);
  CHECK(reported_cut == cut);
  CHECK(reported_repeats == repeated);
}

TEST_CASE("whatever goes wrong on the way nothing is lost and nothing is generated twice") {
  const RunFixture fixture;
  for (const bool streaming : {true, false}) {
    run_through_faults(fixture, streaming, {"--limit", "30", "--samples", "5"}, 300);
  }
}

TEST_CASE("the full job on the real questions comes through every fault") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs the real questions: ../shared/data is missing");
  const RunFixture fixture(data / "aime/aime_2024.h4.jsonl", data / "math500/test.jsonl");
  for (const bool streaming : {true, false}) {
    run_through_faults(fixture, streaming, {"--concurrency", "256"}, 30 * 64 + 500 * 4);
  }
}

// Bounds of pass@1 as they must be when some samples have no score.
std::pair<double, double> expected_bounds(const std::vector<StoredSample>& samples,
                                          const std::vector<Expectation>& expected,
                                          std::string_view task) {
  double low = 0;
  double high = 0;
  double all = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].task != task) continue;
    const bool right = expected[i].reply && expected[i].verdict == Verdict::correct;
    low += right ? 1 : 0;
    high += right || !expected[i].reply ? 1 : 0;
    all += 1;
  }
  return {low / all, high / all};  // questions weigh alike: each has as many samples
}

TEST_CASE("samples that were given up are failed and not wrong and a sound server completes them") {
  constexpr int kMaxAttempts = 2;
  const RunFixture fixture;
  std::vector<Fault> kinds(support::all_faults().begin(), support::all_faults().end());
  std::erase(kinds, Fault::reset_before_reply);  // see Expectation::silent_resets
  support::FakeModel sick(fixture.answers(), {.faults = {.rate = 0.6, .seed = 3, .kinds = kinds}});
  support::FakeModel sound(fixture.answers());
  std::atomic<bool> healed = false;
  const support::FakeServer server([&](const support::HttpRequest& request) {
    return healed ? sound.answer(request) : sick.answer(request);
  });
  const auto db = fixture.file("proctor.db");
  // Fewer samples than the concurrency, or so many failures in a row would end the run.
  const json partial =
      report_of(fixture.run_command(
                    db, server,
                    {"--limit", "6", "--samples", "4", "--concurrency", "64", "--max-attempts",
                     std::to_string(kMaxAttempts), "--idle-timeout", "0.5"}),
                kIncompleteCode);
  CHECK(partial.at("status") == "incomplete");
  const std::vector<StoredSample> samples = load_run(db, 1);
  std::vector<Expectation> expected;
  for (const StoredSample& sample : samples) {
    expected.push_back(expectation_of(sick, sample, kMaxAttempts));
    if (expected.back().reply) {
      check_scored(sample, expected.back());
      continue;
    }
    CHECK(sample.result.state == SampleState::failed);
    CHECK_FALSE(sample.result.reason.empty());
    CHECK_FALSE(sample.result.verdict);
    CHECK_FALSE(sample.reply);
    CHECK(sample.result.attempts == kMaxAttempts);
  }
  for (const char* name : {"aime24", "math500"}) {
    CAPTURE(name);
    const json& task = task_of(partial, name);
    const double failed = task.at("states").at("failed").get<double>();
    CHECK(failed > 0);
    CHECK(failed < 24);
    CHECK(task.at("coverage").get<double>() == doctest::Approx(1 - failed / 24));
    const auto [low, high] = expected_bounds(samples, expected, name);
    CHECK(task.at("bounds").at(0).get<double>() == doctest::Approx(low));
    CHECK(task.at("bounds").at(1).get<double>() == doctest::Approx(high));
    double reasons = 0;
    for (const auto& [reason, count] : task.at("reasons").items()) reasons += count.get<double>();
    CHECK(reasons == failed);
  }

  healed = true;
  const json whole = report_of(
      {PROCTOR_BINARY, "resume", "1", "--db", db, "--quiet", "--json", "--no-canary"}, kDoneCode);
  CHECK(whole.at("status") == "complete");
  const std::vector<StoredSample> completed = load_run(db, 1);
  for (std::size_t i = 0; i < completed.size(); ++i) {
    const bool was_done = expected[i].reply.has_value();
    check_scored(completed[i], was_done ? expected[i] : expectation_of(sound, completed[i]));
    CHECK(sound.log().contains({completed[i].problem, completed[i].seed}) == !was_done);
  }
}

TEST_CASE("a run that meets only one kind of failure ends incomplete and says which") {
  struct Row {
    Fault fault;
    const char* streamed;  // what the reason says
    const char* whole;
  };
  const Row kRows[] = {
      {Fault::http_429_retry_after, "HTTP 429", "HTTP 429"},
      {Fault::http_429_plain, "HTTP 429", "HTTP 429"},
      {Fault::http_500, "HTTP 500", "HTTP 500"},
      {Fault::http_503, "HTTP 503", "HTTP 503"},
      {Fault::reset_before_reply, "reset", "reset"},
      {Fault::reset_mid_stream, "reset", "reset"},
      {Fault::stall_before_reply, "no byte for 200 ms", "no byte for 200 ms"},
      {Fault::stall_mid_stream, "no byte for 200 ms", "no byte for 200 ms"},
      {Fault::empty_body, "body is empty", "body is empty"},
      {Fault::invalid_json, "not valid JSON", "not valid JSON"},
      {Fault::truncated_utf8, "not valid JSON", "not valid JSON"},
      {Fault::error_event_in_stream, "worker died", "worker died"},
      {Fault::missing_done, "ended before the model did", "bytes remaining"},
      {Fault::html_body, "HTML", "HTML"},
  };
  const RunFixture fixture;
  for (const Row& row : kRows) {
    for (const bool streaming : {true, false}) {
      CAPTURE(name_of(row.fault));
      CAPTURE(streaming);
      const ModelServer fake(fixture, {.faults = {.rate = 1, .kinds = {row.fault}}});
      const auto db =
          fixture.file(std::string(name_of(row.fault)) + (streaming ? "-s" : "-w") + ".db");
      std::vector<std::string> flags = {"--limit",        "2", "--samples",      "2",
                                        "--max-attempts", "2", "--idle-timeout", "0.2"};
      if (!streaming) flags.push_back("--no-stream");
      const json report = report_of(fixture.run_command(db, fake.server, flags), kIncompleteCode);
      for (const json& task : report.at("tasks")) {
        CHECK(task.at("states").at("failed") == 4);
        CHECK(task.at("verdicts").at("wrong") == 0);
        CHECK(task.at("coverage") == 0.0);
        CHECK(task.at("bounds") == json({0.0, 1.0}));
        CHECK(task.at("pass@1").is_null());
        CHECK_FALSE(task.at("reasons").empty());
        for (const auto& [reason, count] : task.at("reasons").items()) {
          CAPTURE(reason);
          CHECK(reason.find(streaming ? row.streamed : row.whole) != std::string::npos);
        }
      }
    }
  }
}

}  // namespace
}  // namespace proctor::harness::run
