#include "reports/comparison.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/reports/gate_simulation.h"
#include "tests/reports/score_rows.h"

namespace proctor::reports {
namespace {

// A task of which every question has `samples` samples, of which that many are correct.
TaskPair pair_of(std::string task, int questions, int samples, int base_correct, int next_correct) {
  TaskPair pair{.task = std::move(task)};
  for (int q = 0; q < questions; ++q) {
    pair.questions.push_back("q" + std::to_string(q));
    pair.base.push_back(question_scores(base_correct, samples, samples));
    pair.next.push_back(question_scores(next_correct, samples, samples));
  }
  return pair;
}

TaskComparison compare_one(const TaskPair& pair, const ComparisonOptions& options = {}) {
  return compare_tasks(std::span(&pair, 1), options).front();
}

TEST_CASE("a verdict follows from the limits and the margin") {
  struct Row {
    const char* name;
    int questions, samples, base, next;
    double margin;
    ChangeVerdict verdict;
  };
  constexpr Row kRows[] = {
      {"nothing moved and little can have", 100, 64, 32, 32, 0.02, ChangeVerdict::pass},
      {"nothing moved but much can have", 10, 4, 2, 2, 0.02, ChangeVerdict::inconclusive},
      {"a large drop", 100, 64, 32, 26, 0.02, ChangeVerdict::regression},
      {"a significant drop that is too small to matter", 400, 64, 32, 31, 0.04,
       ChangeVerdict::pass},
      {"a significant drop near the margin", 100, 64, 32, 30, 0.04, ChangeVerdict::inconclusive},
      {"a large rise", 100, 64, 32, 38, 0.02, ChangeVerdict::improved},
      {"all right both times with few samples", 5, 2, 2, 2, 0.02, ChangeVerdict::inconclusive},
      {"all right both times with many", 100, 64, 64, 64, 0.02, ChangeVerdict::pass},
      {"all lost", 10, 4, 4, 0, 0.02, ChangeVerdict::regression},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    ComparisonOptions options;
    options.margin = row.margin;
    const TaskComparison task =
        compare_one(pair_of("t", row.questions, row.samples, row.base, row.next), options);
    CHECK(name_of(task.verdict) == name_of(row.verdict));
    CHECK_FALSE(task.reason.empty());
    CHECK_FALSE(task.incomplete);
  }
}

TEST_CASE("the two yardsticks stand side by side") {
  TaskPair pair{.task = "worked", .questions = {"a", "b", "c", "d", "e"}};
  pair.base = scores_of({"1101", "0000", "1010", "1111", "0100"});
  pair.next = scores_of({"1111", "0010", "1110", "1111", "0000"});
  const TaskComparison task = compare_one(pair);
  CHECK(task.paired.difference == doctest::Approx(0.1));
  CHECK(task.paired.conditional_error == doctest::Approx(0.11547).epsilon(1e-4));
  CHECK_FALSE(task.pooled);
  CHECK(task.gate_error > task.paired.conditional_error);
  CHECK(task.gate_error < 1.25 * task.paired.conditional_error);
  CHECK(task.limits.high - task.limits.low == doctest::Approx(2 * 1.644854 * task.gate_error));
  // Student's t with 4 degrees of freedom on the paired error of 0.1
  CHECK(task.paired_limits.high == doctest::Approx(0.1 + 2.776445 * 0.1));
  CHECK(task.bootstrap_limits.low < 0.1);
  CHECK(task.bootstrap_limits.high > 0.1);
  // Differences .25 .25 .25 0 -.25: of the 8 patterns up to sign, all but |sum| = 0 reach .5.
  CHECK(task.sign_flip.p == doctest::Approx(0.625));
  CHECK_FALSE(task.mcnemar);
}

TEST_CASE("a sample a question is McNemar's case") {
  TaskPair pair{.task = "single", .questions = {"a", "b", "c", "d", "e", "f"}};
  pair.base = scores_of({"1", "1", "1", "1", "0", "1"});
  pair.next = scores_of({"0", "0", "0", "0", "1", "1"});
  const TaskComparison task = compare_one(pair);
  REQUIRE(task.mcnemar);
  CHECK(task.mcnemar->lost == 4);
  CHECK(task.mcnemar->won == 1);
  CHECK(task.mcnemar->p == doctest::Approx(0.375));
  CHECK(task.labels.drop == doctest::Approx(0.1875));
  CHECK(task.pooled);
  CHECK(std::isnan(task.paired.conditional_error));
}

TEST_CASE("a regression among several tasks must be the clearer for it") {
  // p of a drop about 0.02: enough alone, and not among four.
  const TaskPair worse = pair_of("worse", 10, 64, 40, 37);
  const TaskPair same = pair_of("same", 30, 64, 40, 40);
  const TaskComparison alone = compare_one(worse);
  CHECK(alone.labels.drop > 0.0125);
  CHECK(alone.labels.drop < 0.05);
  CHECK(alone.verdict == ChangeVerdict::regression);
  const TaskPair family[] = {worse, same, same, same};
  const std::vector<TaskComparison> among = compare_tasks(family, {});
  CHECK(among[0].labels.drop == alone.labels.drop);
  CHECK(among[0].drop_adjusted == doctest::Approx(4 * alone.labels.drop));
  CHECK(among[0].verdict == ChangeVerdict::inconclusive);
  CHECK(among[0].detectable > alone.detectable);
}

TEST_CASE("missing samples are never wrong ones and too many of them leave no verdict") {
  TaskPair pair = pair_of("t", 100, 64, 32, 32);
  pair.next[0] = question_scores(0, 0, 64);  // not one of them came back
  const TaskComparison task = compare_one(pair);
  CHECK(task.paired.questions == 99);
  CHECK(task.paired.difference == doctest::Approx(0));
  CHECK(task.next_coverage == doctest::Approx(0.99));
  CHECK(task.incomplete);
  CHECK(task.verdict == ChangeVerdict::inconclusive);
  CHECK(task.bounds.low == doctest::Approx(-0.005));
  CHECK(task.bounds.high == doctest::Approx(0.005));
  ComparisonOptions lenient;
  lenient.coverage_gate = 0.98;
  CHECK(compare_one(pair, lenient).verdict == ChangeVerdict::pass);

  TaskPair nothing = pair_of("t", 3, 1, 1, 1);
  for (QuestionScores& question : nothing.next) question = question_scores(0, 0, 1);
  const TaskComparison none = compare_one(nothing, lenient);
  CHECK(none.incomplete);
  CHECK(none.verdict == ChangeVerdict::inconclusive);
}

TEST_CASE("an incomplete task takes nothing from the others") {
  TaskPair broken = pair_of("broken", 10, 64, 40, 0);
  broken.next[0] = question_scores(0, 0, 64);
  const TaskPair pairs[] = {pair_of("worse", 10, 64, 40, 37), broken};
  const std::vector<TaskComparison> tasks = compare_tasks(pairs, {});
  CHECK(tasks[0].verdict == ChangeVerdict::regression);
  CHECK(tasks[1].verdict == ChangeVerdict::inconclusive);
  CHECK(std::isnan(tasks[1].drop_adjusted));
}

TEST_CASE("margins can differ by task") {
  ComparisonOptions options;
  options.margins["strict"] = 0.001;
  const TaskPair pairs[] = {pair_of("strict", 100, 64, 32, 32), pair_of("other", 100, 64, 32, 32)};
  const std::vector<TaskComparison> tasks = compare_tasks(pairs, options);
  CHECK(tasks[0].verdict == ChangeVerdict::inconclusive);
  CHECK(tasks[1].verdict == ChangeVerdict::pass);
  REQUIRE(tasks[0].samples_to_decide);
  REQUIRE(tasks[1].samples_to_decide);
  CHECK(*tasks[0].samples_to_decide > 64);
  CHECK(*tasks[1].samples_to_decide < *tasks[0].samples_to_decide);
}

TEST_CASE("the number of samples that would decide does decide") {
  const TaskComparison unclear = compare_one(pair_of("t", 10, 8, 4, 4));
  REQUIRE(unclear.verdict == ChangeVerdict::inconclusive);
  REQUIRE(unclear.samples_to_decide);
  const int more = *unclear.samples_to_decide + *unclear.samples_to_decide % 2;
  CHECK(compare_one(pair_of("t", 10, more, more / 2, more / 2)).verdict == ChangeVerdict::pass);
}

TEST_CASE("questions that no number of samples makes up for are called so") {
  TaskPair pair{.task = "t"};
  for (int q = 0; q < 10; ++q) {
    pair.questions.push_back(std::to_string(q));
    pair.base.push_back(question_scores(q % 2 == 0 ? 60 : 4, 64, 64));
    pair.next.push_back(question_scores(q % 2 == 0 ? 4 : 60, 64, 64));
  }
  const TaskComparison task = compare_one(pair);
  CHECK(task.samples_to_decide);
  CHECK_FALSE(task.samples_to_decide_like_these);
  CHECK(task.lost.size() == 5);
  CHECK(task.won.size() == 5);
  CHECK(task.lost[0].question == "0");
  CHECK(task.lost[0].base == doctest::Approx(60.0 / 64));
  CHECK(task.won[0].next == doctest::Approx(60.0 / 64));
}

TEST_CASE("flips begin at four fifths and end at one fifth") {
  TaskPair pair{.task = "t", .questions = {"a", "b", "c", "d"}};
  pair.base = scores_of({"11110", "11100", "00001", "1...."});
  pair.next = scores_of({"00001", "00000", "11110", "....."});
  const TaskComparison task = compare_one(pair);
  REQUIRE(task.lost.size() == 1);
  CHECK(task.lost[0].question == "a");
  REQUIRE(task.won.size() == 1);
  CHECK(task.won[0].question == "c");
}

TEST_CASE("measures drift by their own errors and are judged together") {
  TaskPair pair = pair_of("t", 20, 4, 2, 2);
  const double kLengths[] = {900, 1000, 1000, 1100};
  const double kLonger[] = {1400, 1500, 1500, 1600};
  MeasurePair tokens{.name = "tokens", .share = false};
  MeasurePair cut{.name = "cut"};
  MeasurePair unknown{.name = "unknown"};
  for (int q = 0; q < 20; ++q) {
    tokens.base.push_back(question_scores(kLengths, 4));
    tokens.next.push_back(question_scores(kLonger, 4));
    cut.base.push_back(question_scores(q % 4 == 0 ? 1 : 0, 4, 4));
    cut.next.push_back(question_scores(q % 4 == 1 ? 1 : 0, 4, 4));
    unknown.base.push_back(question_scores(0, 0, 4));
    unknown.next.push_back(question_scores(0, 0, 4));
  }
  pair.measures = {tokens, cut, unknown};
  const TaskComparison task = compare_one(pair);
  REQUIRE(task.drifts.size() == 2);  // what nobody measured is not listed
  CHECK(task.drifts[0].difference == doctest::Approx(500));
  CHECK(task.drifts[0].adjusted < 1e-6);
  CHECK(task.drifts[1].difference == doctest::Approx(0));
  CHECK(task.drifts[1].adjusted == doctest::Approx(1));
}

TEST_CASE("slices are looked at by themselves and judged together") {
  TaskPair pair = pair_of("t", 30, 16, 8, 8);
  for (std::size_t q = 0; q < 10; ++q) pair.next[q] = question_scores(2, 16, 16);
  std::vector<std::size_t> hard;
  std::vector<std::size_t> easy;
  for (std::size_t q = 0; q < 30; ++q) (q < 10 ? hard : easy).push_back(q);
  pair.slices = {{"level: hard", hard}, {"level: easy", easy}, {"level: none", {}}};
  const TaskComparison task = compare_one(pair);
  REQUIRE(task.slices.size() == 2);
  CHECK(task.slices[0].difference == doctest::Approx(-0.375));
  CHECK(task.slices[0].questions == 10);
  CHECK(task.slices[0].adjusted == doctest::Approx(2 * task.slices[0].p));
  CHECK(task.slices[0].adjusted < 1e-6);
  CHECK(task.slices[1].difference == doctest::Approx(0));
  CHECK(task.slices[1].adjusted == doctest::Approx(1));
}

TEST_CASE("on simulated nights the gate keeps its budget and finds what it says it does") {
  // The full figures are those of tests/bench/gate_calibration.cpp; these nights are always the
  // same.
  Night night;
  night.tasks = 2;
  GateSimulation null_nights(night, 7);
  constexpr int kNights = 120;
  int alarms = 0;
  for (int i = 0; i < kNights; ++i) alarms += alarm(null_nights.unchanged()) ? 1 : 0;
  CHECK(alarms <= 0.05 * kNights);
  GateSimulation worse_nights(night, 8);
  int found = 0;
  for (int i = 0; i < kNights; ++i) {
    found += worse_nights.after_detectable_drop()[0].verdict == ChangeVerdict::regression ? 1 : 0;
  }
  CHECK(found >= 0.8 * kNights - 2 * std::sqrt(0.8 * 0.2 * kNights));
  CHECK(found <= 0.95 * kNights);  // or else it would see smaller drops than it says
}

}  // namespace
}  // namespace proctor::reports
