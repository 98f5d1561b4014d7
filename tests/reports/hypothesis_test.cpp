#include "reports/hypothesis.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace proctor::reports {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("quantiles of the normal law match the tables and undo the tail") {
  struct Row {
    double probability;
    double quantile;
  };
  constexpr Row kRows[] = {
      {0.5, 0},           {0.8, 0.8416212},  {0.95, 1.6448536},
      {0.975, 1.9599640}, {0.99, 2.3263479}, {0.0013498980, -3},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.probability);
    CHECK(normal_quantile(row.probability) == doctest::Approx(row.quantile).epsilon(1e-7));
    CHECK(normal_upper_tail(normal_quantile(row.probability)) ==
          doctest::Approx(1 - row.probability));
  }
  CHECK(normal_upper_tail(-normal_quantile(1e-30)) == doctest::Approx(1e-30));
}

TEST_CASE("McNemar's exact test is a fair coin over the discordant questions") {
  struct Row {
    int first, second;
    double p;
  };
  constexpr Row kRows[] = {
      {0, 0, 1}, {1, 0, 1}, {5, 5, 1}, {4, 1, 0.375}, {6, 0, 0.03125}, {39, 13, 0.00040954145},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.first);
    CHECK(mcnemar_exact(row.first, row.second) == doctest::Approx(row.p).epsilon(1e-7));
    CHECK(mcnemar_exact(row.second, row.first) == doctest::Approx(row.p).epsilon(1e-7));
  }
  CHECK(mcnemar_exact(3000, 2000) < 1e-40);
  CHECK(mcnemar_exact(3000, 2000) > 0);
}

TEST_CASE("Holm multiplies the smallest p by the number of tests and never turns the order round") {
  const double kFour[] = {0.01, 0.04, 0.03, 0.005};
  const auto adjusted = holm(kFour);
  CHECK(adjusted[3] == doctest::Approx(0.02));
  CHECK(adjusted[0] == doctest::Approx(0.03));
  CHECK(adjusted[2] == doctest::Approx(0.06));
  CHECK(adjusted[1] == doctest::Approx(0.06));  // 1 x 0.04, but not below its elder
  const double kLarge[] = {0.6, 0.7};
  CHECK(holm(kLarge)[0] == 1);
  CHECK(holm({}).empty());
}

TEST_CASE("Benjamini and Hochberg forgive more than Holm does") {
  const double kFour[] = {0.01, 0.04, 0.03, 0.005};
  const auto adjusted = benjamini_hochberg(kFour);
  CHECK(adjusted[3] == doctest::Approx(0.02));
  CHECK(adjusted[0] == doctest::Approx(0.02));
  CHECK(adjusted[2] == doctest::Approx(0.04));
  CHECK(adjusted[1] == doctest::Approx(0.04));
}

TEST_CASE("a test that could not be made stays unknown and costs the others nothing") {
  const double kThree[] = {0.01, kUnknown, 0.02};
  for (const auto& adjusted : {holm(kThree), benjamini_hochberg(kThree)}) {
    CHECK(adjusted[0] == doctest::Approx(0.02));
    CHECK(std::isnan(adjusted[1]));
    CHECK(adjusted[2] == doctest::Approx(0.02));
  }
}

}  // namespace
}  // namespace proctor::reports
