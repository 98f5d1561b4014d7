// The pipeline with a scripted backend and a grader that can fail: no sockets, no processes.
#include "harness/run/pipeline.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <set>

#include "harness/figures/summary.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::harness;
using namespace proctor::harness::run;
using proctor::support::TempDir;

namespace {

constexpr int kQuestions = 20;
constexpr int kRepeats = 3;

RunPlan plan() {
  TaskPlan task{"sums", "h", "r1", "p", "{}", "flaky@1", kRepeats, {}};
  for (int i = 0; i < kQuestions; ++i) {
    task.questions.push_back({std::to_string(i), "What is " + std::to_string(i) + "?", "1", {}});
  }
  return {"scripted", "", 1, "f", "{}", "0", "here", {task}};
}

// Answers each request by calling a function; a request it answers with nothing is left in flight.
class ScriptedBackend : public backends::Backend {
 public:
  using Script = std::function<std::optional<Result<Generation>>(const backends::Request&)>;
  explicit ScriptedBackend(Script script) : script_(std::move(script)) {}

  std::string identity() const override { return "scripted"; }
  Result<void> serve(backends::RequestFeed& feed, backends::ReplySink& sink,
                     std::stop_token stop) override {
    while (!stop.stop_requested()) {
      const std::optional<backends::Request> request = feed.next();
      if (!request) return end;
      asked.insert(request->ticket);
      prompts.insert(request->prompt.at(0).content);
      sink.started(request->ticket);
      std::optional<Result<Generation>> answer = script_(*request);
      if (answer) sink.finished(request->ticket, std::move(*answer), 2);
    }
    return end;
  }

  std::multiset<std::int64_t> asked;
  std::set<std::string> prompts;
  Result<void> end;

 private:
  Script script_;
};

// Correct if the reply says "1"; fails while `broken`, and says so by an Error.
class FlakyGrader : public graders::Grader {
 public:
  explicit FlakyGrader(const std::atomic<bool>& broken) : broken_(broken) {}
  std::string_view id() const override { return "flaky@1"; }
  Result<Score> grade(const Question& question, const Generation& reply) const override {
    if (broken_) return Error(ErrorCode::unavailable, "no sandbox");
    Score score;
    score.verdict = reply.text == question.gold ? Verdict::correct : Verdict::wrong;
    score.extracted = score.canonical = reply.text;
    return score;
  }

 private:
  const std::atomic<bool>& broken_;
};

struct Fixture {
  TempDir dir;
  Result<reports::Store> store = reports::Store::open_for_writing(dir / "a.db");
  RunPlan run_plan = plan();
  std::vector<grading::TaskRun> task_runs;
  std::atomic<bool> broken = false;
  reports::RunId run = 0;

  Fixture() {
    REQUIRE(store);
    tasks::Protocol protocol;
    protocol.prompt = "Say it: {problem}";
    task_runs.push_back({protocol, std::make_unique<FlakyGrader>(broken)});
    const auto added =
        store->add_run(run_plan, [](auto&, const Question&, int repeat) { return repeat; });
    REQUIRE(added);
    run = *added;
  }

  Result<void> go(backends::Backend& backend, std::stop_token stop = {}) {
    RunProgress progress(run_plan);
    return run_pipeline({*store, run, run_plan, task_runs, backend}, progress, std::move(stop));
  }

  // Whether the budget ended it.
  bool go_within(spending::Spending& spending, backends::Backend& backend,
                 bool had_batches = false) {
    RunProgress progress(run_plan);
    REQUIRE(run_pipeline({*store, run, run_plan, task_runs, backend, &spending, had_batches},
                         progress, {}));
    return progress.out_of_budget;
  }

  reports::TaskSummary summary() {
    const Result<reports::RunReport> report = figures::summarize(*store, run);
    REQUIRE(report);
    return report->tasks.at(0);
  }
};

Generation saying(std::string text) {
  Generation reply;
  reply.text = std::move(text);
  return reply;
}

// A dollar a request at its dearest; a tenth of one as the backend below answers.
constexpr spending::Price kPrice{0, 0, 1e6 / Sampling{}.max_tokens};

// Has up to eight requests under way, and answers the oldest when it may not take another.
class BusyBackend : public backends::Backend {
 public:
  std::string identity() const override { return "busy"; }
  bool has_reply(const backends::Request& request) override {
    return kept_repeats.contains(request.repeat);
  }
  Result<void> serve(backends::RequestFeed& feed, backends::ReplySink& sink,
                     std::stop_token) override {
    ++servings;
    std::vector<backends::Request> under_way;
    while (true) {
      std::optional<backends::Request> request;
      if (under_way.size() < 8) request = feed.next();
      if (request) {
        sink.started(request->ticket);
        under_way.push_back(std::move(*request));
        most_under_way = std::max(most_under_way, under_way.size());
        continue;
      }
      if (under_way.empty()) {
        CHECK(feed.pause() == backends::Pause::ended);
        return {};
      }
      Generation reply;
      reply.text = "1";
      reply.usage.prompt = 50;
      reply.usage.completion = Sampling{}.max_tokens / 10;
      reply.from_cache = has_reply(under_way.front());
      sink.finished(under_way.front().ticket, std::move(reply), 1);
      under_way.erase(under_way.begin());
    }
  }

  std::set<int> kept_repeats;  // of every question: their replies cost nothing
  int servings = 0;
  std::size_t most_under_way = 0;
};

ScriptedBackend right_always() {
  return ScriptedBackend([](const backends::Request&) { return saying("1"); });
}

}  // namespace

TEST_CASE("every sample of the grid is asked once with its own prompt and scored") {
  Fixture fixture;
  ScriptedBackend backend(
      [](const backends::Request& request) { return saying(request.repeat == 0 ? "1" : "2"); });
  REQUIRE(fixture.go(backend));
  CHECK(backend.asked.size() == kQuestions * kRepeats);
  CHECK(std::set(backend.asked.begin(), backend.asked.end()).size() == kQuestions * kRepeats);
  CHECK(backend.prompts.contains("Say it: What is 7?"));
  const reports::TaskSummary summary = fixture.summary();
  CHECK(summary.scored == kQuestions * kRepeats);
  CHECK(summary.pass_1 == doctest::Approx(1.0 / kRepeats));
  CHECK(summary.coverage == 1);
}

TEST_CASE("a grader that fails leaves samples ungraded, never wrong, and they are graded later") {
  Fixture fixture;
  fixture.broken = true;
  ScriptedBackend backend = right_always();
  REQUIRE(fixture.go(backend));
  reports::TaskSummary summary = fixture.summary();
  CHECK(summary.ungraded == kQuestions * kRepeats);
  CHECK(summary.wrong == 0);
  CHECK(summary.coverage == 0);
  CHECK(summary.bound_low == 0);
  CHECK(summary.bound_high == 1);
  CHECK(summary.reasons.at("ungraded: no sandbox") == kQuestions * kRepeats);

  fixture.broken = false;
  ScriptedBackend nobody = right_always();
  REQUIRE(fixture.go(nobody));
  CHECK(nobody.asked.empty());  // what was answered is not asked again
  summary = fixture.summary();
  CHECK(summary.correct == kQuestions * kRepeats);
  CHECK(summary.ungraded == 0);
}

TEST_CASE("failed samples are no wrong answers and are asked again on the next go") {
  Fixture fixture;
  ScriptedBackend backend([](const backends::Request& request) -> Result<Generation> {
    if (request.repeat == 1) return Error(ErrorCode::transport, "HTTP 500");
    return saying("1");
  });
  REQUIRE(fixture.go(backend));
  reports::TaskSummary summary = fixture.summary();
  CHECK(summary.failed == kQuestions);
  CHECK(summary.pass_1 == 1);
  CHECK(summary.bound_low == doctest::Approx(2.0 / 3));
  ScriptedBackend again = right_always();
  REQUIRE(fixture.go(again));
  CHECK(again.asked.size() == kQuestions);
  summary = fixture.summary();
  CHECK(summary.correct == kQuestions * kRepeats);
  CHECK(summary.failed == 0);
}

TEST_CASE("a stop in the middle loses nothing that was answered and leaves nothing in flight") {
  Fixture fixture;
  std::stop_source stop;
  int answered = 0;
  ScriptedBackend backend([&](const backends::Request&) -> std::optional<Result<Generation>> {
    if (++answered <= 10) return saying("1");
    stop.request_stop();
    return std::nullopt;
  });
  const Result<void> stopped = fixture.go(backend, stop.get_token());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code() == ErrorCode::interrupted);
  reports::TaskSummary summary = fixture.summary();
  CHECK(summary.scored == 10);
  CHECK(summary.in_flight == 0);
  CHECK(summary.planned == kQuestions * kRepeats - 10);
  ScriptedBackend rest = right_always();
  REQUIRE(fixture.go(rest));
  CHECK(rest.asked.size() == kQuestions * kRepeats - 10);
  CHECK(fixture.summary().correct == kQuestions * kRepeats);
}

TEST_CASE("a stop after the last reply is no interruption") {
  Fixture fixture;
  std::stop_source stop;
  int answered = 0;
  ScriptedBackend backend([&](const backends::Request&) {
    if (++answered == kQuestions * kRepeats) stop.request_stop();
    return saying("1");
  });
  CHECK(fixture.go(backend, stop.get_token()));
  CHECK(fixture.summary().correct == kQuestions * kRepeats);
}

TEST_CASE("a backend that gives up leaves the rest planned") {
  Fixture fixture;
  int answered = 0;
  ScriptedBackend backend([&](const backends::Request&) -> std::optional<Result<Generation>> {
    if (++answered <= 5) return saying("1");
    return std::nullopt;
  });
  backend.end = Error(ErrorCode::refused, "HTTP 401");
  const Result<void> done = fixture.go(backend);
  REQUIRE_FALSE(done);
  CHECK(done.error().code() == ErrorCode::refused);
  const reports::TaskSummary summary = fixture.summary();
  CHECK(summary.scored == 5);
  CHECK(summary.planned == kQuestions * kRepeats - 5);
}

TEST_CASE("an answer without end is cut for the store and still votes as itself") {
  Fixture fixture;
  ScriptedBackend backend([](const backends::Request& request) {
    return saying(std::string(100'000, 'x') + std::to_string(request.repeat % 2));
  });
  REQUIRE(fixture.go(backend));
  std::set<std::string> answers;
  REQUIRE(fixture.store->visit(fixture.run, [&](const reports::SampleResult& result) {
    answers.insert(result.canonical);
    CHECK(result.canonical.size() < 100);
  }));
  CHECK(answers.size() == 2);
}

TEST_CASE("a budget that holds requests back lets them go as replies come in one serving") {
  Fixture fixture;
  BusyBackend backend;
  spending::Spending spending(kPrice, 7.05);
  CHECK_FALSE(fixture.go_within(spending, backend));
  CHECK(backend.servings == 1);
  CHECK(backend.most_under_way == 7);
  CHECK(spending.spent() == doctest::Approx(0.1 * kQuestions * kRepeats).epsilon(0.01));
  CHECK(fixture.summary().scored == kQuestions * kRepeats);
}

TEST_CASE("a budget ends a run where the next request could exceed it") {
  Fixture fixture;
  BusyBackend backend;
  spending::Spending spending(kPrice, 3.05);
  CHECK(fixture.go_within(spending, backend));
  CHECK(backend.servings == 1);
  CHECK(spending.spent() <= 3.05);
  CHECK(spending.spent() > 2.05);  // or there had been room for one more
  CHECK(fixture.summary().scored == 21);
  CHECK(fixture.summary().planned == kQuestions * kRepeats - 21);

  spending::Spending more(kPrice, 100);
  CHECK_FALSE(fixture.go_within(more, backend));
  CHECK(fixture.summary().scored == kQuestions * kRepeats);
  CHECK(more.spent() == doctest::Approx(6).epsilon(0.01));  // what was paid before is in it
}

TEST_CASE("what was answered in either way before is charged as it was answered") {
  Fixture fixture;
  ScriptedBackend backend([](const backends::Request& request) {
    Generation reply = saying("1");
    reply.usage.prompt = 0;
    // Nobody counted the first repeat's tokens. A reply out of a batch has no time.
    if (request.repeat > 0) reply.usage.completion = Sampling{}.max_tokens / 2;
    reply.total_ms = request.repeat == 2 ? 0 : 30;
    return reply;
  });
  REQUIRE(fixture.go(backend));
  const spending::Price cheap{0, 0, kPrice.output / 10};
  const auto charged = [&](bool had_batches, bool goes_on_by_batch) {
    spending::Spending spending(spending::ModelPrice{kPrice, cheap}, 1000);
    if (goes_on_by_batch) spending.send_by_batch();
    CHECK_FALSE(fixture.go_within(spending, backend, had_batches));
    return spending.spent();
  };
  for (const bool goes_on_by_batch : {false, true}) {
    CAPTURE(goes_on_by_batch);
    CHECK(charged(/*had_batches=*/true, goes_on_by_batch) ==
          doctest::Approx(kQuestions * (1 + 0.5 + 0.05)));
    CHECK(charged(/*had_batches=*/false, goes_on_by_batch) ==
          doctest::Approx(kQuestions * (1 + 0.5 + 0.5)));
  }
}

TEST_CASE("replies from a cache take nothing of a budget then or on resuming") {
  Fixture fixture;
  BusyBackend backend;
  backend.kept_repeats = {0, 1};
  spending::Spending little(kPrice, 1.05);
  CHECK(fixture.go_within(little, backend));
  const reports::TaskSummary part = fixture.summary();
  CHECK(part.from_cache > 0);
  CHECK(part.replies == part.from_cache + 1);  // one had room beside them
  CHECK(little.spent() == doctest::Approx(0.1).epsilon(0.01));

  spending::Spending enough(kPrice, 4);
  CHECK_FALSE(fixture.go_within(enough, backend));
  CHECK(enough.spent() == doctest::Approx(0.1 * kQuestions).epsilon(0.01));
  CHECK(fixture.summary().from_cache == 2 * kQuestions);
  CHECK(fixture.summary().replies == kRepeats * kQuestions);
}

TEST_CASE("replies that were cut without a trace of thinking are counted") {
  Fixture fixture;
  ScriptedBackend backend([](const backends::Request& request) {
    Generation reply = saying("1");
    if (request.repeat == 2) reply.finish = FinishReason::length;
    return reply;
  });
  REQUIRE(fixture.go(backend));
  CHECK(fixture.summary().length == kQuestions);
  CHECK(fixture.summary().cut_without_thinking == kQuestions);
}
