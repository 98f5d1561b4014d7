#include "reports/permutation.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "reports/hypothesis.h"
#include "reports/paired.h"
#include "tests/reports/score_rows.h"

namespace proctor::reports {
namespace {

// The chance of a sum as low as observed, over every way to deal out the samples of each question,
// by enumeration. Slow and plain.
double enumerated_drop(const std::vector<std::string>& base, const std::vector<std::string>& next) {
  std::vector<double> law = {1};  // of the sum over questions of correct samples dealt to next
  int observed = 0;
  for (std::size_t q = 0; q < base.size(); ++q) {
    const std::string all = base[q] + next[q];
    std::vector<double> one(next[q].size() + 1, 0);
    double ways = 0;
    for (std::uint32_t hand = 0; hand < (1U << all.size()); ++hand) {
      if (std::popcount(hand) != static_cast<int>(next[q].size())) continue;
      std::size_t correct = 0;
      for (std::size_t i = 0; i < all.size(); ++i) {
        correct += ((hand >> i) & 1U) != 0 && all[i] == '1' ? 1U : 0U;
      }
      ++one[correct];
      ++ways;
    }
    for (const char sample : next[q]) observed += sample == '1' ? 1 : 0;
    std::vector<double> sum(law.size() + one.size() - 1, 0);
    for (std::size_t i = 0; i < law.size(); ++i) {
      for (std::size_t j = 0; j < one.size(); ++j) sum[i + j] += law[i] * one[j] / ways;
    }
    law = sum;
  }
  double drop = 0;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(observed); ++i) drop += law[i];
  return drop;
}

std::vector<QuestionScores> scores(const std::vector<std::string>& rows) {
  return scores_of({rows.begin(), rows.end()});
}

TEST_CASE("labels dealt out exactly agree with enumeration") {
  struct Row {
    std::vector<std::string> base, next;
  };
  const Row kRows[] = {
      {{"1101", "0000", "1010", "1111", "0100"}, {"1111", "0010", "1110", "1111", "0000"}},
      {{"111", "110"}, {"00", "10"}},  // unlike numbers of samples
      {{"1", "1", "0", "1"}, {"0", "0", "0", "1"}},
      {{"1111"}, {"0000"}},
  };
  for (const Row& row : kRows) {
    const auto base = scores(row.base);
    const auto next = scores(row.next);
    const LabelPermutation there = permute_labels(base, next);
    CHECK(there.draws.method == Draws::Method::exact);
    CHECK(there.drop == doctest::Approx(enumerated_drop(row.base, row.next)));
    const LabelPermutation back = permute_labels(next, base);
    CHECK(back.rise == doctest::Approx(there.drop));
    CHECK(back.drop == doctest::Approx(there.rise));
  }
}

TEST_CASE("labels are drawn where questions have unlike numbers of samples") {
  // The same runs, once with a sample missing where it hardly matters.
  std::vector<std::string_view> base(20, "110101");
  std::vector<std::string_view> next(20, "100001");
  const LabelPermutation exact = permute_labels(scores_of(base), scores_of(next));
  base[0] = "11010.";
  const LabelPermutation drawn = permute_labels(scores_of(base), scores_of(next));
  CHECK(exact.draws.method == Draws::Method::exact);
  CHECK(drawn.draws.method == Draws::Method::drawn);
  CHECK(drawn.draws.count >= 10'000);
  CHECK(drawn.drop == doctest::Approx(exact.drop).epsilon(0.3));
  CHECK(drawn.drop < 0.02);
  CHECK(drawn.rise > 0.98);
  const LabelPermutation again = permute_labels(scores_of(base), scores_of(next));
  CHECK(again.drop == drawn.drop);
}

TEST_CASE("nothing to deal out is no surprise") {
  const LabelPermutation none = permute_labels(scores_of({"11", "00"}), scores_of({"11", "00"}));
  CHECK(none.drop == 1);
  CHECK(none.rise == 1);
  const LabelPermutation missing = permute_labels(scores_of({"11"}), scores_of({".."}));
  CHECK(missing.drop == 1);
}

TEST_CASE("very many questions follow the normal law") {
  std::vector<std::string_view> base;
  std::vector<std::string_view> next;
  for (int i = 0; i < 20'000; ++i) {
    base.push_back(i % 2 == 0 ? "1101" : "0100");
    next.push_back(i % 2 == 0 ? "1100" : "0110");
  }
  base[0] = "110.";
  const LabelPermutation labels = permute_labels(scores_of(base), scores_of(next));
  CHECK(labels.draws.method == Draws::Method::normal);
  CHECK(labels.drop + labels.rise == doctest::Approx(1));
  CHECK(std::fabs(labels.drop - 0.5) < 0.05);
}

TEST_CASE("signs of twenty differences are flipped in every way") {
  const double kThree[] = {1, 2, 3};
  CHECK(sign_flip_test(kThree).p == doctest::Approx(0.25));  // +++ and --- of eight
  const double kMixed[] = {1, -2, 3, 0, 0};
  // |1-2+3| = 2; of the eight sums 0 (twice), 2 (twice), 4 (twice), 6 (twice) six are as far.
  CHECK(sign_flip_test(kMixed).p == doctest::Approx(0.75));
  const double kNone[] = {0, 0};
  CHECK(sign_flip_test(kNone).p == 1);
  const std::vector<double> alike(20, 0.1);
  CHECK(sign_flip_test(alike).p == doctest::Approx(std::pow(0.5, 19)));
  CHECK(sign_flip_test(alike).draws.method == Draws::Method::exact);
}

TEST_CASE("signs of more differences are drawn and agree with the exact test") {
  std::vector<double> differences;
  for (int i = 0; i < 20; ++i) differences.push_back(0.01 * (i % 7) - 0.025);
  const SignFlip exact = sign_flip_test(differences);
  differences.insert(differences.end(), {1e-9, 1e-9, -1e-9});  // no weight, but one too many
  const SignFlip drawn = sign_flip_test(differences);
  CHECK(drawn.draws.method == Draws::Method::drawn);
  CHECK(drawn.draws.count >= 10'000);
  CHECK(drawn.p == doctest::Approx(exact.p).epsilon(0.1));
  CHECK(sign_flip_test(differences).p == drawn.p);
  CHECK(sign_flip_test(std::vector<double>(40, 1.0)).p < 2e-4);
  CHECK(sign_flip_test(std::vector<double>(40, 1.0)).p > 0);
}

TEST_CASE("the bootstrap of questions finds the paired error") {
  std::vector<double> differences;
  std::vector<int> contests;
  for (int i = 0; i < 100; ++i) {
    differences.push_back(0.1 * (i % 10) - 0.4);
    contests.push_back(i % 10);
  }
  double variance = 0;
  for (const double d : differences) variance += (d - 0.05) * (d - 0.05) / 99;
  const double error = std::sqrt(variance / 100);
  const Interval interval = bootstrap_interval(differences);
  CHECK(interval.low == doctest::Approx(0.05 - 1.96 * error).epsilon(0.1));
  CHECK(interval.high == doctest::Approx(0.05 + 1.96 * error).epsilon(0.1));
  const Interval clustered = bootstrap_interval(differences, contests);
  CHECK(clustered.high - clustered.low > 2 * (interval.high - interval.low));
  CHECK(std::isnan(bootstrap_interval(std::vector<double>{0.1}).low));
}

}  // namespace
}  // namespace proctor::reports
