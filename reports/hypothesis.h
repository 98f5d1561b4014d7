// Tests of hypotheses that know nothing of runs: the normal law, McNemar's exact test, and what
// many tests at once do to their p-values. Pure.
#pragma once

#include <span>
#include <vector>

namespace proctor::reports {

// The chance that a standard normal variable exceeds `z`; exact far into the tail.
double normal_upper_tail(double z);

// The value that a standard normal variable stays below with that probability, in (0, 1).
double normal_quantile(double probability);

// McNemar's test in its exact form, two-sided: the chance that `first` and `second` are as far
// apart, or farther, when each discordant question falls to either side by the toss of a coin
// (binomial with p = 1/2). 1 without any. Counts are at least 0.
double mcnemar_exact(int first, int second);

// Adjusted p-values, in the order given: each may be compared with alpha as if it stood alone, and
// the chance of a single false rejection among all of them is at most alpha (Holm 1979). Values
// that are NaN stand for tests that could not be made: they stay NaN and do not count.
std::vector<double> holm(std::span<const double> p_values);

// Adjusted p-values for exploring: of the rejections at alpha, that share at most is expected to be
// false (Benjamini and Hochberg 1995; for independent or positively dependent tests). NaN as above.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace proctor::reports
