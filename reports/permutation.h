// How surprising a difference between two runs is when nothing changed, found by dealing out anew
// instead of by a bell curve. Pure and repeatable: draws come from a fixed seed.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "reports/statistics.h"

namespace proctor::reports {

// How a p-value was come by.
struct Draws {
  enum class Method { exact, drawn, normal };
  Method method = Method::exact;
  std::int64_t count = 0;  // of those drawn

  bool operator==(const Draws&) const = default;
};
std::string describe(const Draws& draws);  // "exact", "20000 draws", "normal"

// "Questions like these": each question's difference is as likely to have the other sign. The
// chance, two-sided, of a mean as far from 0 as that of `differences`. Exact up to 20 differences
// that are not 0, else drawn; a p-value of draws counts the observed one among them (Phipson and
// Smyth 2010), so that it is never too small. 1 for no difference at all.
struct SignFlip {
  double p = 1;
  Draws draws{};
};
SignFlip sign_flip_test(std::span<const double> differences);

// "These questions": within each question every sample is as likely to be either run's, so its
// correct ones are spread over the runs by the hypergeometric law. The chances that `next` would
// be as low as it is, or as high. Scores must be 0 or 1; questions without a score in both runs are
// left out.
//
// Exact, by adding up the laws of all questions, where every question has as many samples as the
// others and the work is bearable (a thousand questions of 64); with a sample of each question it
// is McNemar's test. Else drawn, and over very many questions the normal limit.
struct LabelPermutation {
  double drop = 1;
  double rise = 1;
  Draws draws{};
};
LabelPermutation permute_labels(std::span<const QuestionScores> base,
                                std::span<const QuestionScores> next);

// The middle 95 % of the mean difference over questions drawn anew with replacement, each with its
// samples in both runs (Efron and Tibshirani 1993, chapter 13: percentiles). `clusters`, if given,
// says for each difference which cluster it belongs to; whole clusters are then drawn. NaN ends
// with fewer than two.
Interval bootstrap_interval(std::span<const double> differences,
                            std::span<const int> clusters = {});

}  // namespace proctor::reports
