// The main job from end to end: the program, a model over HTTP, a store, a report.
#include <doctest/doctest.h>
#include <signal.h>

#include "tests/harness/support/run_fixture.h"
#include "tests/support/skip.h"

namespace proctor::harness::run {
namespace {

using nlohmann::json;
using support::Fault;

constexpr int kDoneCode = 0;

// Every sample is stored as the model gave it at the first attempt, and the report follows from it.
void check_undisturbed(const support::FakeModel& model, const std::vector<StoredSample>& samples,
                       const json& report) {
  for (const StoredSample& sample : samples) {
    check_scored(sample, expectation_of(model, sample));
    CHECK(sample.result.attempts == 1);
  }
  CHECK(repeated_replies(model, samples) == 0);
  CHECK(report.at("status") == "complete");
  for (const char* name : {"aime24", "math500"}) {
    CAPTURE(name);
    const json& task = task_of(report, name);
    CHECK(task.at("pass@1").get<double>() ==
          doctest::Approx(expected_pass_1(model, samples, name)).epsilon(1e-12));
    CHECK(task.at("coverage") == 1.0);
    CHECK(task.at("repeated_requests") == 0);
    CHECK(task.at("states").at("scored") ==
          task.at("questions").get<int>() * task.at("repeats").get<int>());
  }
}

TEST_CASE("a run stores every reply as it came and scores each as it deserves") {
  struct Row {
    support::ThinkStyle style;
    std::vector<std::string> flags;
  };
  const Row kRows[] = {
      {support::ThinkStyle::tagged, {}},
      {support::ThinkStyle::tagged, {"--no-stream"}},
      {support::ThinkStyle::closing_tag_only, {"--think-prefilled"}},
  };
  const RunFixture fixture;
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    CAPTURE(i);
    const ModelServer fake(fixture, {.reply = {.style = kRows[i].style}});
    const auto db = fixture.file("run" + std::to_string(i) + ".db");
    std::vector<std::string> flags = {"--limit", "30", "--samples", "6"};
    flags.insert(flags.end(), kRows[i].flags.begin(), kRows[i].flags.end());
    const json report = report_of(fixture.run_command(db, fake.server, flags), kDoneCode);
    const std::vector<StoredSample> samples = load_run(db, 1);
    CHECK(samples.size() == 360);
    check_undisturbed(fake.model, samples, report);
    CHECK(stored_report(db, 1) == report);
  }
}

TEST_CASE("thinking that the server sends apart is stored apart and never graded") {
  const RunFixture fixture;
  const ModelServer fake(fixture, {.reply = {.style = support::ThinkStyle::apart}});
  const auto db = fixture.file("proctor.db");
  (void)report_of(fixture.run_command(db, fake.server, {"--limit", "20", "--samples", "4"}),
                  kDoneCode);
  for (const StoredSample& sample : load_run(db, 1)) {
    CAPTURE(sample.problem);
    const support::Reply said = fake.model.reply_for(sample.problem, sample.seed);
    REQUIRE(sample.reply);
    CHECK(sample.reply->text == said.content);
    CHECK(sample.reply->reasoning == said.reasoning);
    const Verdict deserved = said.boxed.empty()          ? Verdict::no_answer
                             : said.boxed == sample.gold ? Verdict::correct
                                                         : Verdict::wrong;
    CHECK(sample.result.verdict == deserved);
  }
}

TEST_CASE("the full job on the real questions is stored and scored without a loss") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs the real questions: ../shared/data is missing");
  const RunFixture fixture(data / "aime/aime_2024.h4.jsonl", data / "math500/test.jsonl");
  const ModelServer fake(fixture);
  const auto db = fixture.file("proctor.db");
  const json report = report_of(fixture.run_command(db, fake.server), kDoneCode);
  const std::vector<StoredSample> samples = load_run(db, 1);
  CHECK(samples.size() == 30 * 64 + 500 * 4);
  check_undisturbed(fake.model, samples, report);
}

TEST_CASE("scores and figures do not depend on how many requests are in flight") {
  const RunFixture fixture;
  const support::FakeModelOptions options = {
      .faults = {.rate = 0.2,
                 .seed = 5,
                 .kinds = {Fault::http_503, Fault::reset_mid_stream, Fault::finish_length}}};
  std::vector<json> figures;
  for (const char* concurrency : {"1", "64"}) {
    const ModelServer fake(fixture, options);
    const auto db = fixture.file(std::string("at") + concurrency + ".db");
    const json report = report_of(
        fixture.run_command(db, fake.server,
                            {"--limit", "20", "--samples", "4", "--concurrency", concurrency}),
        kDoneCode);
    figures.push_back(report.at("tasks"));
    CHECK(fake.server.counters().most_open <= std::stoul(concurrency));
    for (const StoredSample& sample : load_run(db, 1)) {
      check_scored(sample, expectation_of(fake.model, sample, 10));
    }
  }
  CHECK(figures[0] == figures[1]);
}

TEST_CASE("the same command begins a new run once the last one is complete") {
  const RunFixture fixture;
  const ModelServer fake(fixture);
  const auto db = fixture.file("proctor.db");
  const auto command = fixture.run_command(db, fake.server, {"--limit", "3", "--samples", "2"});
  const json first = report_of(command, kDoneCode);
  const json second = report_of(command, kDoneCode);
  CHECK(first.at("run") == 1);
  CHECK(second.at("run") == 2);
  CHECK(figures_of(first) == figures_of(second));
  const std::vector<StoredSample> samples = load_run(db, 2);
  // Asked once in each run, with the same seeds.
  CHECK(repeated_replies(fake.model, samples) == static_cast<int>(samples.size()));
}

TEST_CASE("an unfinished run is continued unless a fresh one is asked for") {
  const RunFixture fixture;
  const ModelServer fake(fixture, {.delay = std::chrono::milliseconds(50)});
  const auto db = fixture.file("proctor.db");
  const std::vector<std::string> flags = {"--limit", "10", "--samples", "4", "--concurrency", "4"};
  const auto command = fixture.run_command(db, fake.server, flags);
  {
    Result<support::Child> child = support::Child::start(command);
    REQUIRE(child);
    CHECK(comes_true([&] { return fake.server.counters().requests > 8; }));
    child->kill(SIGINT);
    CHECK(child->wait().exit_code == 130);
  }
  auto fresh = command;
  fresh.push_back("--fresh");
  CHECK(report_of(fresh, kDoneCode).at("run") == 2);
  std::vector<reports::RunInfo> runs = runs_in(db);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].status == reports::RunStatus::open);
  CHECK(runs[1].status == reports::RunStatus::complete);

  const json resumed = report_of(
      {PROCTOR_BINARY, "resume", "1", "--db", db, "--quiet", "--json", "--no-canary"}, kDoneCode);
  CHECK(resumed.at("run") == 1);
  CHECK(figures_of(resumed) == figures_of(stored_report(db, 2)));
  runs = runs_in(db);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].status == reports::RunStatus::complete);
}

}  // namespace
}  // namespace proctor::harness::run
