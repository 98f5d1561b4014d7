#include "reports/power.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/reports/score_rows.h"

namespace proctor::reports {
namespace {

constexpr Aims kTwoSided{.alpha = 0.025, .power = 0.8};

TEST_CASE("the drops that can be seen are those of the table") {
  struct Row {
    int questions;
    double noise;
    int samples;
    double points;
  };
  constexpr Row kRows[] = {
      {30, 0.125, 1, 25.6},  {30, 0.125, 4, 12.8}, {30, 0.125, 16, 6.4}, {30, 0.125, 64, 3.2},
      {30, 0.125, 256, 1.6}, {198, 0.128, 8, 3.6}, {500, 0.035, 4, 1.7}, {279, 0.08, 16, 1.7},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.points);
    CAPTURE(row.samples);
    const double error = std::sqrt(2 * row.noise / row.samples / row.questions);
    const double seen = detectable_difference(error, kTwoSided);
    CHECK(std::fabs(100 * seen - row.points) < 0.06);
    // And back: that drop needs that many samples.
    const auto samples =
        samples_to_see(seen * 1.000001, row.questions, 2 * row.noise, 0, kTwoSided);
    REQUIRE(samples);
    CHECK(*samples == row.samples);
  }
  const Aims one_sided{.alpha = 0.05, .power = 0.8};
  CHECK(detectable_difference(1, one_sided) == doctest::Approx(2.4865).epsilon(1e-4));
  CHECK(detectable_difference(1, kTwoSided) == doctest::Approx(2.8016).epsilon(1e-4));
}

TEST_CASE("no number of samples makes up for questions that are too few") {
  // 30 questions whose true differences have a variance of 0.04: an error of 3.65 points at best.
  CHECK(samples_to_see(0.11, 30, 0.25, 0.04, kTwoSided));
  CHECK_FALSE(samples_to_see(0.10, 30, 0.25, 0.04, kTwoSided));
  CHECK(samples_to_see(0.10, 30, 0.25, -0.04, kTwoSided) ==
        samples_to_see(0.10, 30, 0.25, 0, kTwoSided));
  CHECK(samples_to_see(0.5, 30, 0, 0, kTwoSided) == 1);
  CHECK_FALSE(samples_to_see(0.5, 30, std::numeric_limits<double>::quiet_NaN(), 0, kTwoSided));
}

PairedDifference aime_like(double samples) {
  PairedDifference paired;
  paired.questions = 30;
  paired.base_samples = paired.next_samples = samples;
  paired.base = paired.next = 0.55;
  paired.base_noise = paired.next_noise = 0.125;
  return paired;
}

TEST_CASE("a gate sees a little less than the plain formula says") {
  const Aims aims;
  const double plain = detectable_difference(std::sqrt(2 * 0.125 / 64 / 30), aims);
  const double seen = detectable_drop(aime_like(64), aims, 0);
  CHECK(seen > plain);
  CHECK(seen < 1.15 * plain);
  CHECK(detectable_drop(aime_like(256), aims, 0) < 0.6 * seen);
  CHECK(detectable_drop(aime_like(64), {.alpha = 0.0125, .power = 0.8}, 0) > seen);
}

TEST_CASE("a drop below the margin is never called a regression") {
  const Aims aims;
  CHECK(detectable_drop(aime_like(64), aims, 0.1) > 0.1);
  CHECK(detectable_drop(aime_like(64), aims, 0.001) == detectable_drop(aime_like(64), aims, 0));
}

TEST_CASE("too little is known to see any drop") {
  CHECK(std::isnan(detectable_drop(aime_like(0.05), {}, 0)));
  PairedDifference hopeless = aime_like(64);
  hopeless.base = 0;
  CHECK(std::isnan(detectable_drop(hopeless, {}, 0)));
  PairedDifference perfect = aime_like(64);
  perfect.base = 1;
  perfect.base_noise = perfect.next_noise = 0;
  CHECK(detectable_drop(perfect, {}, 0) > 1.0 / 1920);  // not for free
}

TEST_CASE("a budget of false alarms turns into an alpha for the night") {
  // One a quarter with 90 nights and 4 tests: 0.0028 for each test.
  CHECK(nightly_alpha(1.0 / 3, 30) / 4 == doctest::Approx(0.0028).epsilon(0.01));
  CHECK(nightly_alpha(3, 30) == doctest::Approx(0.1));
  CHECK(nightly_alpha(60, 30) == 0.5);
}

}  // namespace
}  // namespace proctor::reports
