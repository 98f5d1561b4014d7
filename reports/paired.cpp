#include "reports/paired.h"

#include <cmath>
#include <limits>
#include <vector>

#include "harness/core/check.h"

namespace proctor::reports {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double mean_of(const QuestionScores& question) { return question.sum / question.decided; }

// The unbiased variance of one sample; NaN for a single one.
double noise_of(const QuestionScores& question) {
  if (question.decided < 2) return kUnknown;
  const double squares = question.sum_of_squares - question.sum * mean_of(question);
  return std::fmax(squares, 0) / (question.decided - 1);  // rounding may leave -1e-17
}

// Sums over the questions that both runs have scores of.
struct Sums {
  double base = 0, next = 0;
  double base_inverse = 0, next_inverse = 0;  // of 1/K
  double base_noise = 0, next_noise = 0, pooled_noise = 0;
  double base_variance = 0, next_variance = 0, pooled_variance = 0;  // of noise / K
};

// Unbiased variances of the question means and of their differences, and the covariance.
struct Spread {
  double base = 0, next = 0, both = 0, difference = 0;
};

Spread spread_of(std::span<const QuestionScores> base, std::span<const QuestionScores> next,
                 const PairedDifference& paired) {
  Spread spread;
  for (std::size_t i = 0; i < base.size(); ++i) {
    if (base[i].decided == 0 || next[i].decided == 0) continue;
    const double from_base = mean_of(base[i]) - paired.base;
    const double from_next = mean_of(next[i]) - paired.next;
    spread.base += from_base * from_base;
    spread.next += from_next * from_next;
    spread.both += from_base * from_next;
    spread.difference += (from_next - from_base) * (from_next - from_base);
  }
  const double freedom = paired.questions - 1;
  for (double* sum : {&spread.base, &spread.next, &spread.both, &spread.difference}) {
    *sum = freedom > 0 ? *sum / freedom : kUnknown;
  }
  return spread;
}

Sums sums_of(std::span<const QuestionScores> base, std::span<const QuestionScores> next) {
  Sums sums;
  for (std::size_t i = 0; i < base.size(); ++i) {
    const QuestionScores& a = base[i];
    const QuestionScores& b = next[i];
    if (a.decided == 0 || b.decided == 0) continue;
    sums.base += mean_of(a);
    sums.next += mean_of(b);
    sums.base_inverse += 1.0 / a.decided;
    sums.next_inverse += 1.0 / b.decided;
    const double together = noise_of(pooled(a, b));
    sums.base_noise += noise_of(a);
    sums.next_noise += noise_of(b);
    sums.pooled_noise += together;
    sums.base_variance += noise_of(a) / a.decided;
    sums.next_variance += noise_of(b) / b.decided;
    sums.pooled_variance += together * (1.0 / a.decided + 1.0 / b.decided);
  }
  return sums;
}

}  // namespace

QuestionScores pooled(const QuestionScores& first, const QuestionScores& second) {
  return {first.planned + second.planned, first.decided + second.decided, first.sum + second.sum,
          first.sum_of_squares + second.sum_of_squares};
}

PairedDifference paired_difference(std::span<const QuestionScores> base,
                                   std::span<const QuestionScores> next) {
  check(base.size() == next.size());
  PairedDifference paired;
  for (std::size_t i = 0; i < base.size(); ++i) {
    paired.questions += base[i].decided > 0 && next[i].decided > 0 ? 1 : 0;
  }
  const double count = paired.questions == 0 ? kUnknown : paired.questions;
  const Sums sums = sums_of(base, next);
  paired.base_samples = count / sums.base_inverse;
  paired.next_samples = count / sums.next_inverse;
  paired.base = sums.base / count;
  paired.next = sums.next / count;
  paired.difference = paired.next - paired.base;

  const Spread spread = spread_of(base, next, paired);
  paired.paired_error = std::sqrt(spread.difference / count);
  paired.unpaired_error = std::sqrt((spread.base + spread.next) / count);
  const double scale = std::sqrt(spread.base * spread.next);
  paired.correlation = scale > 0 ? spread.both / scale : kUnknown;

  paired.conditional_error = std::sqrt(sums.base_variance + sums.next_variance) / count;
  paired.pooled_error = std::sqrt(sums.pooled_variance) / count;
  const double together = sums.pooled_noise / count;
  paired.base_noise = std::isnan(sums.base_noise) ? together : sums.base_noise / count;
  paired.next_noise = std::isnan(sums.next_noise) ? together : sums.next_noise / count;
  paired.change_variance = spread.difference - (sums.base_variance + sums.next_variance) / count;
  return paired;
}

}  // namespace proctor::reports
