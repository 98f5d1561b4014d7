#include "harness/figures/task_tally.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tasks/task.h"

namespace proctor::harness::figures {
namespace {

using reports::SampleResult;

// Two questions of two samples, at most 800 tokens a reply.
TaskPlan plan_of(int repeats) {
  Result<tasks::Protocol> protocol = tasks::protocol_for("r1", "quickstart-aime");
  REQUIRE(protocol);
  protocol->sampling.max_tokens = 800;
  TaskPlan plan;
  plan.task = "quickstart-aime";
  plan.protocol_json = tasks::protocol_json(*protocol, "integer@1");
  plan.grader = "integer@1";
  plan.repeats = repeats;
  plan.questions = {{"a", "One?", "1", {}}, {"b", "Two?", "2", {}}};
  return plan;
}

SampleResult sample(int question, int repeat, Verdict verdict, std::int64_t tokens) {
  SampleResult result;
  result.question = question;
  result.repeat = repeat;
  result.state = SampleState::scored;
  result.attempts = 1;
  result.finish = FinishReason::stop;
  result.usage.prompt = 100;
  result.usage.completion = tokens;
  result.verdict = verdict;
  result.thinking = Thinking::closed;
  result.canonical = verdict == Verdict::correct ? "1" : "0";
  result.traits = ReplyTraits{.hash = 1,
                              .text_bytes = 3000,
                              .reasoning_bytes = 1000,
                              .thinking_bytes = 2000,
                              .loops = false,
                              .mixes_scripts = false};
  return result;
}

reports::TaskSummary summary_of(const TaskPlan& plan, const std::vector<SampleResult>& results,
                                std::optional<spending::Price> price = std::nullopt) {
  TaskTally tally(plan, price);
  for (const SampleResult& result : results) tally.take(result);
  Result<reports::TaskSummary> summary = tally.finish();
  REQUIRE(summary);
  return *summary;
}

}  // namespace

TEST_CASE("pass@1 at lower limits counts answers that were out in time") {
  SampleResult early = sample(0, 0, Verdict::correct, 400);
  early.span = Span{0, 500};  // 1500 of 4000 bytes: token 150
  SampleResult late = sample(0, 1, Verdict::correct, 400);
  late.span = Span{2990, 3000};
  const SampleResult short_one = sample(1, 0, Verdict::correct, 90);
  const SampleResult wrong = sample(1, 1, Verdict::wrong, 90);
  const reports::TaskSummary summary = summary_of(plan_of(2), {early, late, short_one, wrong});
  REQUIRE(summary.budgets.size() == 4);
  const std::pair<std::int64_t, double> expected[] = {
      {100, 0.25}, {200, 0.5}, {400, 0.75}, {800, 0.75}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(summary.budgets[i].tokens == expected[i].first);
    CHECK(summary.budgets[i].pass_1 == doctest::Approx(expected[i].second));
  }
  CHECK(summary.budgets.back().pass_1 == doctest::Approx(summary.pass_1));
  CHECK(summary.budgets.back().error_questions == doctest::Approx(summary.error_questions));
}

TEST_CASE("a correct reply of unknown length leaves no curve over limits") {
  SampleResult unknown = sample(0, 0, Verdict::correct, 1);
  unknown.usage.completion.reset();
  const reports::TaskSummary summary =
      summary_of(plan_of(1), {unknown, sample(1, 0, Verdict::wrong, 10)});
  CHECK(summary.budgets.empty());
  CHECK_FALSE(summary.tokens_per_question);
  CHECK_FALSE(summary.tokens_per_correct);
  CHECK(summary.tokens_per_reply == 10);
}

TEST_CASE("no answer is out later than its reply ends") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    SampleResult result = sample(0, 0, Verdict::correct, static_cast<int>(1 + random() % 5000));
    result.traits->text_bytes = static_cast<std::int64_t>(random() % 4000);
    result.traits->reasoning_bytes = static_cast<std::int64_t>(random() % 4000);
    result.span = Span{0, random() % 5000};
    const std::optional<std::int64_t> tokens = tokens_to_answer(result);
    REQUIRE(tokens);
    CHECK(*tokens <= *result.usage.completion);
    CHECK(*tokens >= 0);
  }
}

TEST_CASE("correct samples that do not say what they answered are put to no vote") {
  SampleResult silent = sample(0, 0, Verdict::correct, 10);
  silent.canonical.clear();
  const auto votes = [](const reports::TaskSummary& summary) {
    return std::any_of(summary.metrics.begin(), summary.metrics.end(),
                       [](const reports::Metric& metric) { return metric.name == "cons@2"; });
  };
  const SampleResult other = sample(0, 1, Verdict::correct, 10);
  CHECK_FALSE(votes(summary_of(plan_of(2), {silent, other})));
  CHECK(votes(summary_of(plan_of(2), {sample(0, 0, Verdict::correct, 10), other})));
}

TEST_CASE("accuracy is told apart by how replies ended") {
  SampleResult cut = sample(0, 1, Verdict::wrong, 800);
  cut.finish = FinishReason::length;
  SampleResult undecided = sample(1, 1, Verdict::undecided, 10);
  const reports::TaskSummary summary = summary_of(
      plan_of(2),
      {sample(0, 0, Verdict::correct, 10), cut, sample(1, 0, Verdict::no_answer, 10), undecided});
  CHECK(summary.correct_finished.part == 1);
  CHECK(summary.correct_finished.of == 2);
  CHECK(summary.correct_cut.part == 0);
  CHECK(summary.correct_cut.of == 1);
  CHECK(summary.length == 1);
}

TEST_CASE("long replies that come twice to one question are counted") {
  SampleResult first = sample(0, 0, Verdict::correct, 10);
  SampleResult again = sample(0, 1, Verdict::correct, 10);
  SampleResult elsewhere = sample(1, 0, Verdict::correct, 10);
  SampleResult other = sample(1, 1, Verdict::correct, 10);
  other.traits->hash = 2;
  reports::TaskSummary summary = summary_of(plan_of(2), {first, again, elsewhere, other});
  CHECK(summary.duplicates.part == 1);
  CHECK(summary.duplicates.of == 4);
  for (SampleResult* result : {&first, &again, &elsewhere, &other}) {
    result->traits->text_bytes = 900;
  }
  summary = summary_of(plan_of(2), {first, again, elsewhere, other});
  CHECK(summary.duplicates.of == 0);
}

TEST_CASE("reasons of a gated task do not quote it") {
  SampleResult failed = sample(0, 0, Verdict::wrong, 10);
  failed.state = SampleState::failed;
  failed.verdict.reset();
  failed.finish.reset();
  failed.reason = "HTTP 400: cannot read \"Which gas is noble?\"";
  TaskPlan plan = plan_of(1);
  CHECK(summary_of(plan, {failed}).reasons.begin()->first == "failed: " + failed.reason);
  plan.task = "gpqa";
  const std::string told = summary_of(plan, {failed}).reasons.begin()->first;
  CHECK(told.starts_with("failed: HTTP 400: sha256:"));
  CHECK(told.find("noble") == std::string::npos);
}

TEST_CASE("loops and foreign scripts are shares of the replies that were examined") {
  SampleResult loops = sample(0, 0, Verdict::wrong, 10);
  loops.traits->loops = true;
  SampleResult mixes = sample(0, 1, Verdict::correct, 10);
  mixes.traits->mixes_scripts = true;
  SampleResult unexamined = sample(1, 0, Verdict::correct, 10);
  unexamined.traits.reset();
  const reports::TaskSummary summary = summary_of(plan_of(2), {loops, mixes, unexamined});
  CHECK(summary.loops.part == 1);
  CHECK(summary.loops.of == 2);
  CHECK(summary.mixes_scripts.part == 1);
  CHECK(summary.mixes_scripts.of == 2);
}

TEST_CASE("replies from a cache have tokens and cost nothing") {
  SampleResult kept = sample(0, 1, Verdict::correct, 500);
  kept.from_cache = true;
  SampleResult uncounted = kept;
  uncounted.question = 1;
  uncounted.repeat = 0;
  uncounted.usage = {};
  const reports::TaskSummary summary =
      summary_of(plan_of(2), {sample(0, 0, Verdict::correct, 100), kept, uncounted},
                 spending::Price{10, 10, 100});
  CHECK(summary.from_cache == 2);
  CHECK(summary.replies == 3);
  CHECK(summary.tokens_per_reply == 300);
  REQUIRE(summary.cost);
  CHECK(summary.cost->usd == doctest::Approx((100 * 10 + 100 * 100) / 1e6));
  CHECK(summary.cost->replies == 3);
}

TEST_CASE("tokens and dollars are spread over questions and correct answers") {
  SampleResult unknown = sample(1, 1, Verdict::wrong, 10);
  unknown.usage.prompt.reset();
  const reports::TaskSummary summary =
      summary_of(plan_of(2),
                 {sample(0, 0, Verdict::correct, 100), sample(0, 1, Verdict::wrong, 200),
                  sample(1, 0, Verdict::wrong, 90), unknown},
                 spending::Price{10, 10, 100});
  CHECK(summary.tokens_per_question == 200);
  CHECK(summary.tokens_per_correct == 400);
  REQUIRE(summary.cost);
  CHECK(summary.cost->replies == 3);
  CHECK(summary.cost->usd == doctest::Approx((300 * 10 + 390 * 100) / 1e6));
  CHECK_FALSE(summary_of(plan_of(1), {sample(0, 0, Verdict::correct, 1)}).cost);
}

}  // namespace proctor::harness::figures
