// The device's integers are the CPU's, function by function: called without a launch, since none of
// them looks at its thread.
#include "backends/engine/cuda/kernels/integer_sampling.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "backends/engine/sampler/cut.h"
#include "backends/engine/sampler/sampler.h"

using namespace proctor::engine;
using namespace proctor::engine::cuda;

namespace {

constexpr int kRounds = 200'000;

// Any float, and many near 0.
float random_float(std::mt19937_64& random) {
  const auto bits = static_cast<std::uint32_t>(random());
  if (random() % 2 == 0) return std::bit_cast<float>(bits);
  return static_cast<float>(static_cast<std::int32_t>(bits)) * 0x1p-24F;
}

}  // namespace

TEST_CASE("the device's exponential and weights have the bits of the CPU's") {
  std::mt19937_64 random(1);
  for (int round = 0; round < kRounds; ++round) {
    const float x = random_float(random);
    const float logit = random_float(random);
    const float largest = random_float(random);
    const float scale = std::fabs(random_float(random));
    if (std::bit_cast<std::uint32_t>(same_exponential(x)) !=
        std::bit_cast<std::uint32_t>(exponential(x))) {
      CAPTURE(x);
      FAIL_CHECK("exponential");
    }
    if (!(logit <= largest)) continue;  // no logit is above the largest
    std::uint64_t expected = 0;
    weigh_logits_reference(std::span(&logit, 1), largest, scale, &expected);
    if (weight_of(logit, largest, scale) != expected) {
      CAPTURE(logit);
      CAPTURE(largest);
      CAPTURE(scale);
      FAIL_CHECK("weight");
    }
  }
}

TEST_CASE("the device ranks floats as the CPU does") {
  std::mt19937_64 random(2);
  for (int round = 0; round < kRounds; ++round) {
    const float x = random_float(random);
    if (!std::isnan(x) && same_rank(x) != rank_of(x)) {
      CAPTURE(x);
      FAIL_CHECK("rank");
    }
  }
  CHECK(same_rank(-0.0F) == same_rank(0.0F));
}

TEST_CASE("the device's part of a mass is the CPU's to the unit") {
  std::mt19937_64 random(3);
  const auto check_mass = [](float top_p, std::uint64_t mass) {
    if (same_mass_of_top_p(top_p, mass) == mass_of_top_p(top_p, mass)) return;
    CAPTURE(top_p);
    CAPTURE(mass);
    FAIL_CHECK("mass");
  };
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t mass = random() >> (random() % 64);
    const auto bits = static_cast<std::uint32_t>(random() % 0x3F800000U) + 1;
    check_mass(std::bit_cast<float>(bits), mass);  // of every size that a top_p may have
    check_mass(static_cast<float>(random() >> 40) * 0x1p-24F + 0x1p-24F, mass);
  }
  for (const float top_p : {1.0F, 0.5F, 0x1p-126F, std::numeric_limits<float>::denorm_min(),
                            std::nextafter(1.0F, 0.0F)}) {
    for (const std::uint64_t mass : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
      check_mass(top_p, mass);
    }
  }
}

TEST_CASE("the device scales by the inverse of the temperature and never by infinity") {
  CHECK(scale_at(2.0F) == 0.5F);
  CHECK(scale_at(0.6F) == 1.0F / 0.6F);
  CHECK(scale_at(1e-42F) == std::numeric_limits<float>::max());
}
