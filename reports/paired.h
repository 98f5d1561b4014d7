// Two runs over the same questions: how far apart they are, by two yardsticks. Pure.
//
// Questions differ much more than runs do. Pairing each with itself takes that out of the
// difference (Miller 2024, arXiv:2411.00640, section 4): o1-mini against o1-preview on
// LiveCodeBench has an error of 2.5 points paired and 4.2 unpaired.
#pragma once

#include <span>

#include "reports/statistics.h"

namespace proctor::reports {

// The difference next - base. Scores need not be 0 or 1: lengths in tokens have one too.
struct PairedDifference {
  int questions = 0;        // with at least one score in both runs; only they count
  double base_samples = 0;  // decided samples a question: the harmonic mean, which errors go by
  double next_samples = 0;
  double base = 0;  // mean over the questions
  double next = 0;
  double difference = 0;

  // Questions like these: the questions are a sample of all that could have been asked.
  double paired_error = 0;    // sd(d_i) / sqrt(n)
  double unpaired_error = 0;  // what it would be if each run had had questions of its own
  double correlation = 0;     // between the runs, over questions; NaN if either has no spread

  // These questions: only sampling noise counts. This is the yardstick of a nightly gate.
  double conditional_error = 0;  // sqrt(sum_i v_Ai/K_Ai + v_Bi/K_Bi) / n; NaN if some K is 1
  // The same if no question changed, so that both runs' samples tell of one noise: the standard
  // deviation of the difference when labels are dealt out anew within each question. Known for
  // K = 1 too, and too large rather than too small if questions did change.
  double pooled_error = 0;

  // Sampling noise of one sample, E[p(1-p)] for 0/1 scores: from each run where every question has
  // two samples or more, from both runs' samples together where not.
  double base_noise = 0;
  double next_noise = 0;
  // The variance over questions of the true difference: var(d) less the sampling noise in it.
  // An estimate that may come out below 0 for small changes; it then stands for 0.
  double change_variance = 0;
};

// Both spans hold one entry a question, the same question at the same place. Figures that cannot be
// known, all of them without a common question, are NaN.
PairedDifference paired_difference(std::span<const QuestionScores> base,
                                   std::span<const QuestionScores> next);

// The question's scores of several runs taken together.
QuestionScores pooled(const QuestionScores& first, const QuestionScores& second);

}  // namespace proctor::reports
