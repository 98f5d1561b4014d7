#include "reports/permutation.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "harness/core/check.h"
#include "reports/hypothesis.h"
#include "reports/paired.h"

namespace proctor::reports {
namespace {

constexpr std::uint64_t kSeed = 0x70726f63746f72;
constexpr std::int64_t kFewestDraws = 10'000;
constexpr std::int64_t kMostDraws = 20'000;
constexpr std::int64_t kWork =
    20'000'000;  // numbers drawn for one test, some hundredths of a second

std::int64_t draws_over(std::size_t values) {
  return std::clamp(kWork / static_cast<std::int64_t>(values), kFewestDraws, kMostDraws);
}

double fraction(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

std::size_t below(std::size_t bound, std::mt19937_64& random) {
  return static_cast<std::size_t>(fraction(random) * static_cast<double>(bound));
}

// Of all sign patterns, half: the other half has the same sums with the other sign. A Gray code
// changes one sign a step.
double exact_sign_flip(const std::vector<double>& differences, double observed, double slack) {
  const std::size_t count = differences.size();
  double sum = 0;
  for (const double difference : differences) sum += difference;
  std::vector<double> signs(count, 1);
  const std::uint64_t patterns = std::uint64_t{1} << (count - 1);
  std::uint64_t extreme = 0;
  for (std::uint64_t step = 1;; ++step) {
    extreme += std::fabs(sum) >= observed - slack ? 1 : 0;
    if (step == patterns) break;
    const auto flipped = static_cast<std::size_t>(__builtin_ctzll(step));
    sum -= 2 * signs[flipped] * differences[flipped];
    signs[flipped] = -signs[flipped];
  }
  return static_cast<double>(extreme) / static_cast<double>(patterns);
}

double drawn_sign_flip(const std::vector<double>& differences, double observed, double slack,
                       std::int64_t draws) {
  constexpr double kSigns[] = {-1, 1};
  std::mt19937_64 random(kSeed);
  std::int64_t extreme = 0;
  for (std::int64_t draw = 0; draw < draws; ++draw) {
    double sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      if (i % 64 == 0) bits = random();
      sum += kSigns[bits & 1] * differences[i];  // no branch: it would be mispredicted
      bits >>= 1;
    }
    extreme += std::fabs(sum) >= observed - slack ? 1 : 0;
  }
  return static_cast<double>(extreme + 1) / static_cast<double>(draws + 1);
}

// How many of a question's correct samples fall to `next`: chances by number, from `least` on.
struct Share {
  int least = 0;
  std::vector<double> chances;
};

// The hypergeometric law, from its mode outwards so that nothing overflows.
Share hypergeometric(int correct, int base, int next) {
  Share share{std::max(0, correct - base), {}};
  const int most = std::min(correct, next);
  share.chances.assign(static_cast<std::size_t>(most - share.least + 1), 0);
  const auto chance = [&](int b) -> double& {
    return share.chances[static_cast<std::size_t>(b - share.least)];
  };
  // chance(b+1) / chance(b)
  const auto ratio = [&](int b) {
    return static_cast<double>(next - b) * (correct - b) /
           (static_cast<double>(b + 1) * (base - correct + b + 1));
  };
  const int mode = std::clamp(
      static_cast<int>((next + 1.0) * (correct + 1.0) / (base + next + 2.0)), share.least, most);
  chance(mode) = 1;
  for (int b = mode; b < most; ++b) chance(b + 1) = chance(b) * ratio(b);
  for (int b = mode; b > share.least; --b) chance(b - 1) = chance(b) / ratio(b - 1);
  double total = 0;
  for (const double one : share.chances) total += one;
  for (double& one : share.chances) one /= total;
  return share;
}

// A question with samples of both kinds: the others cannot move.
struct Mixed {
  int base = 0;
  int next = 0;
  int correct = 0;       // of both runs
  int correct_next = 0;  // of which observed in `next`
};

std::vector<Mixed> mixed_questions(std::span<const QuestionScores> base,
                                   std::span<const QuestionScores> next) {
  check(base.size() == next.size());
  std::vector<Mixed> mixed;
  for (std::size_t i = 0; i < base.size(); ++i) {
    check(base[i].sum == base[i].sum_of_squares && next[i].sum == next[i].sum_of_squares);
    if (base[i].decided == 0 || next[i].decided == 0) continue;
    const auto in_next = static_cast<int>(next[i].sum);
    const int correct = static_cast<int>(base[i].sum) + in_next;
    if (correct == 0 || correct == base[i].decided + next[i].decided) continue;
    mixed.push_back({base[i].decided, next[i].decided, correct, in_next});
  }
  return mixed;
}

// The law of the sum of all shares, question by question; nothing where it would take too long.
std::optional<LabelPermutation> exact_labels(const std::vector<Mixed>& questions) {
  constexpr double kMostSteps = 4e8;
  double steps = 0;
  double width = 1;
  for (const Mixed& question : questions) {
    if (question.base != questions[0].base || question.next != questions[0].next) {
      return std::nullopt;  // questions would weigh differently, and sums no longer be whole
    }
    const double one = std::min({question.correct, question.next, question.base,
                                 question.base + question.next - question.correct});
    steps += width * (one + 1);
    width += one;
  }
  if (steps > kMostSteps) return std::nullopt;

  std::vector<double> law = {1};
  int least = 0;
  int observed = 0;
  for (const Mixed& question : questions) {
    const Share share = hypergeometric(question.correct, question.base, question.next);
    std::vector<double> longer(law.size() + share.chances.size() - 1, 0);
    for (std::size_t b = 0; b < share.chances.size(); ++b) {
      const double chance = share.chances[b];
      for (std::size_t i = 0; i < law.size(); ++i) longer[i + b] += chance * law[i];
    }
    law.swap(longer);
    least += share.least;
    observed += question.correct_next;
  }
  LabelPermutation result{0, 0, {}};
  const auto place = static_cast<std::size_t>(observed - least);
  for (std::size_t i = 0; i < law.size(); ++i) {
    if (i <= place) result.drop += law[i];
    if (i >= place) result.rise += law[i];
  }
  result.drop = std::min(result.drop, 1.0);
  result.rise = std::min(result.rise, 1.0);
  return result;
}

LabelPermutation drawn_labels(const std::vector<Mixed>& questions) {
  struct Wheel {
    std::vector<double> below;  // chance of this number or fewer
    int least;
    double weight;
  };
  std::vector<Wheel> wheels;
  double observed = 0;
  double scale = 0;
  for (const Mixed& question : questions) {
    Share share = hypergeometric(question.correct, question.base, question.next);
    double sum = 0;
    for (double& chance : share.chances) chance = sum += chance;
    const double weight = 1.0 / question.base + 1.0 / question.next;
    observed += weight * question.correct_next;
    scale += weight * question.correct;
    wheels.push_back({std::move(share.chances), share.least, weight});
  }
  const std::int64_t draws = draws_over(questions.size());
  const double slack = 1e-12 * scale;
  std::mt19937_64 random(kSeed);
  std::int64_t as_low = 0;
  std::int64_t as_high = 0;
  for (std::int64_t draw = 0; draw < draws; ++draw) {
    double sum = 0;
    for (const Wheel& wheel : wheels) {
      const auto stop =
          std::upper_bound(wheel.below.begin(), wheel.below.end() - 1, fraction(random));
      sum += wheel.weight * static_cast<double>(wheel.least + (stop - wheel.below.begin()));
    }
    as_low += sum <= observed + slack ? 1 : 0;
    as_high += sum >= observed - slack ? 1 : 0;
  }
  const auto all = static_cast<double>(draws + 1);
  return {static_cast<double>(as_low + 1) / all,
          static_cast<double>(as_high + 1) / all,
          {Draws::Method::drawn, draws}};
}

}  // namespace

std::string describe(const Draws& draws) {
  switch (draws.method) {
    case Draws::Method::exact:
      return "exact";
    case Draws::Method::drawn:
      return fmt::format("{} draws", draws.count);
    case Draws::Method::normal:
      return "normal";
  }
  return {};
}

SignFlip sign_flip_test(std::span<const double> differences) {
  std::vector<double> moved;
  double sum = 0;
  double scale = 0;
  for (const double difference : differences) {
    if (difference == 0) continue;
    moved.push_back(difference);
    sum += difference;
    scale += std::fabs(difference);
  }
  if (moved.empty()) return {};
  const double slack = 1e-9 * scale;  // sums in another order differ in their last digits
  constexpr std::size_t kMostExact = 20;
  if (moved.size() <= kMostExact) return {exact_sign_flip(moved, std::fabs(sum), slack), {}};
  const std::int64_t draws = draws_over(moved.size());
  return {drawn_sign_flip(moved, std::fabs(sum), slack, draws), {Draws::Method::drawn, draws}};
}

LabelPermutation permute_labels(std::span<const QuestionScores> base,
                                std::span<const QuestionScores> next) {
  const std::vector<Mixed> questions = mixed_questions(base, next);
  if (questions.empty()) return {};
  if (const std::optional<LabelPermutation> exact = exact_labels(questions)) return *exact;
  constexpr std::size_t kMostDrawn = 5'000;  // questions
  if (questions.size() <= kMostDrawn) return drawn_labels(questions);
  const PairedDifference paired = paired_difference(base, next);
  const double z = paired.difference / paired.pooled_error;
  return {normal_upper_tail(-z), normal_upper_tail(z), {Draws::Method::normal, 0}};
}

Interval bootstrap_interval(std::span<const double> differences, std::span<const int> clusters) {
  check(clusters.empty() || clusters.size() == differences.size());
  struct Cluster {
    double sum = 0;
    double count = 0;
  };
  std::map<int, Cluster> by_cluster;
  for (std::size_t i = 0; i < differences.size(); ++i) {
    Cluster& cluster = by_cluster[clusters.empty() ? static_cast<int>(i) : clusters[i]];
    cluster.sum += differences[i];
    ++cluster.count;
  }
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  if (by_cluster.size() < 2) return {kUnknown, kUnknown};
  std::vector<Cluster> drawable;
  for (const auto& [name, cluster] : by_cluster) drawable.push_back(cluster);
  std::mt19937_64 random(kSeed);
  std::vector<double> means(static_cast<std::size_t>(kFewestDraws));
  for (double& mean : means) {
    Cluster total;
    for (std::size_t i = 0; i < drawable.size(); ++i) {
      const Cluster& drawn = drawable[below(drawable.size(), random)];
      total.sum += drawn.sum;
      total.count += drawn.count;
    }
    mean = total.sum / total.count;
  }
  std::sort(means.begin(), means.end());
  const auto tail = means.size() / 40;  // 2.5 %
  return {means[tail], means[means.size() - 1 - tail]};
}

}  // namespace proctor::reports
