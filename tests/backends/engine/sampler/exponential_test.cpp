#include "backends/engine/exponential.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace proctor::engine;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// In units in the last place of the float next to the exact value.
double error_in_ulps(float x) {
  const double exact = std::exp(static_cast<double>(x));
  const float rounded = static_cast<float>(exact);
  const double ulp = static_cast<double>(std::nextafter(rounded, kInfinity)) - rounded;
  return std::abs(exponential(x) - exact) / ulp;
}

}  // namespace

TEST_CASE("the exponential is within two units in the last place") {
  std::mt19937 random(1);
  double worst = 0;
  for (int i = 0; i < 2'000'000; ++i) {
    std::uniform_real_distribution<float> wide(-87, 88);
    std::uniform_real_distribution<float> narrow(-1, 1);
    worst = std::max(worst, error_in_ulps(i % 2 == 0 ? wide(random) : narrow(random)));
  }
  for (int n = -125; n <= 126; ++n) {  // the middles and the seams of the reduction
    for (const double part : {0.0, 0.5}) {
      const auto x = static_cast<float>((n + part) * std::log(2.0));
      for (const float near : {std::nextafter(x, -kInfinity), x, std::nextafter(x, kInfinity)}) {
        worst = std::max(worst, error_in_ulps(near));
      }
    }
  }
  for (float x = 1; x > 0; x /= 2) worst = std::max({worst, error_in_ulps(x), error_in_ulps(-x)});
  MESSAGE("largest error: ", worst, " ulp");
  CHECK(worst < 2);
}

TEST_CASE("the exponential has exact ends") {
  struct Row {
    float x;
    float result;
  };
  const Row kRows[] = {
      {0.0F, 1.0F},
      {-0.0F, 1.0F},
      {std::numeric_limits<float>::denorm_min(), 1.0F},
      {-std::numeric_limits<float>::denorm_min(), 1.0F},
      {std::nextafter(-87.0F, -kInfinity), 0.0F},
      {-kInfinity, 0.0F},
      {std::nextafter(88.0F, kInfinity), kInfinity},
      {kInfinity, kInfinity},
      {std::numeric_limits<float>::quiet_NaN(), 0.0F},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.x);
    CHECK(exponential(row.x) == row.result);
  }
  CHECK(exponential(-87.0F) >= std::numeric_limits<float>::min());  // not subnormal
  CHECK(std::isfinite(exponential(88.0F)));
}

// The sampler relies on both: no weight above the largest's, and weights that reach 0 in order.
TEST_CASE("the exponential is at most 1 below 0 and monotone where its 40-bit weight becomes 0") {
  bool at_most_one = true;
  for (std::uint32_t bits = 0x80000000; bits < std::bit_cast<std::uint32_t>(-1.0F); bits += 61) {
    at_most_one = at_most_one && exponential(std::bit_cast<float>(bits)) <= 1.0F;
  }
  CHECK(at_most_one);
  float previous = exponential(-27.5F);
  CHECK(previous * 0x1p40F >= 1);
  bool monotone = true;
  for (float x = -27.5F; x > -28.0F; x = std::nextafter(x, -kInfinity)) {
    monotone = monotone && exponential(x) <= previous;
    previous = exponential(x);
  }
  CHECK(previous * 0x1p40F < 1);
  CHECK(monotone);
}

TEST_CASE("weights below the place where they become 0 stay 0") {
  float highest = 0;
  for (float x = -28.0F; x >= -87.5F; x = std::nextafter(x, -kInfinity)) {
    highest = std::max(highest, exponential(x));
  }
  CHECK(highest * 0x1p40F < 1);
}
