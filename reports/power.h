// How small a change a comparison can see, and how many samples it takes to see a smaller one.
// Pure. Formulas: Miller 2024, arXiv:2411.00640, section 5, for one-sided tests.
#pragma once

#include <optional>

#include "reports/paired.h"

namespace proctor::reports {

// What a test is allowed to get wrong.
struct Aims {
  double alpha = 0.05;  // one-sided: the chance of an alarm when nothing changed
  double power = 0.8;   // the chance of an alarm at the change to be seen
};

// (z_alpha + z_beta) * error: the change that a test with that standard error sees with the power
// asked for, if the error stays what it is.
double detectable_difference(double error, const Aims& aims);

// The smallest true drop on these questions that a gate calls a regression with the power asked
// for. The gate wants the drop to be significant and at least `margin`. Takes into account what the
// plain formula does not: runs with other numbers of samples, the noise that grows as a model falls
// from 1 towards 1/2 (every question is taken to fall in proportion), and that scores are whole
// numbers. NaN if not even a fall to 0 would be seen, or if noise or mean are unknown.
double detectable_drop(const PairedDifference& paired, const Aims& aims, double margin);

// The samples of each question that each run needs to see a change of `difference`:
// K = noise / (n * difference^2 / (z_alpha + z_beta)^2 - change_variance), rounded up, at least 1.
// `noise` is the sum of both runs' E[p(1-p)]. `change_variance` is 0 for "these questions"; for
// "questions like these" it is the variance over questions of the true difference, and then no
// number of samples may suffice: nullopt, as for unknown noise.
std::optional<int> samples_to_see(double difference, int questions, double noise,
                                  double change_variance, const Aims& aims);

// The chance of a false alarm to allow each night, so that there are that many a month; at most
// 1/2.
double nightly_alpha(double false_alarms_a_month, double nights_a_month);

}  // namespace proctor::reports
