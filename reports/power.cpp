#include "reports/power.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/core/check.h"
#include "reports/hypothesis.h"

namespace proctor::reports {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double reach(double chance) { return -normal_quantile(chance); }

// E[p(1-p)] after every p has shrunk to share * p: from E[p] and E[p(1-p)] before.
double noise_after(double share, double mean, double noise) {
  return share * (1 - share) * mean + share * share * noise;
}

}  // namespace

double detectable_difference(double error, const Aims& aims) {
  return (reach(aims.alpha) + reach(1 - aims.power)) * error;
}

double detectable_drop(const PairedDifference& paired, const Aims& aims, double margin) {
  const double a = paired.base_samples;
  const double b = paired.next_samples;
  const double questions = paired.questions;
  const double step = (1 / a + 1 / b) / questions;  // one sample more or less correct
  // Noise of one false sample in each run: what a run without any is not free of.
  const double least = std::pow(1 / (a * questions), 2) + std::pow(1 / (b * questions), 2);
  const double for_alarm = reach(aims.alpha);
  const double for_power = reach(1 - aims.power);
  double drop = 0;
  // The noise at a drop decides how large the drop must be; some rounds settle it.
  for (int round = 0; round < 60; ++round) {
    const double share = paired.base > 0 ? std::max(0.0, 1 - drop / paired.base) : kUnknown;
    const double between = (a + b * share) / (a + b);  // of both runs' samples together
    const double next_noise = noise_after(share, paired.base, paired.base_noise);
    const double pooled_noise = noise_after(between, paired.base, paired.base_noise);
    const double unchanged = std::sqrt(pooled_noise * step + least);
    const double changed = std::sqrt((paired.base_noise / a + next_noise / b) / questions + least);
    drop = std::max(for_alarm * unchanged + step, margin) + for_power * changed;
    if (!(drop <= paired.base)) return kUnknown;
  }
  return drop;
}

std::optional<int> samples_to_see(double difference, int questions, double noise,
                                  double change_variance, const Aims& aims) {
  check(difference > 0);
  const double reaches = reach(aims.alpha) + reach(1 - aims.power);
  const double left =
      questions * std::pow(difference / reaches, 2) - std::max(change_variance, 0.0);
  const double samples = std::ceil(noise / left);
  constexpr double kBeyondReason = 1e9;
  if (!(left > 0) || !(samples < kBeyondReason)) return std::nullopt;
  return std::max(1, static_cast<int>(samples));
}

double nightly_alpha(double false_alarms_a_month, double nights_a_month) {
  check(false_alarms_a_month > 0 && nights_a_month > 0);
  return std::min(0.5, false_alarms_a_month / nights_a_month);
}

}  // namespace proctor::reports
