#include "backends/engine/checkpoint/e4m3.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace proctor::engine;

namespace {

// What 8 bits mean, by the definition in section 3 of the paper.
double meaning_of(int bits) {
  const int exponent = bits >> 3 & 15;
  const int fraction = bits & 7;
  const double size =
      exponent == 0 ? fraction * 0x1p-9 : std::ldexp(8 + fraction, exponent - 7 - 3);
  return (bits & 0x80) != 0 ? -size : size;
}

bool is_nan(int bits) { return (bits & 0x7F) == 0x7F; }

// The nearest of all numbers; of two, the one whose last bit is 0.
int nearest_to(double value) {
  int best = 0;
  for (int bits = 0; bits < 256; ++bits) {
    if (is_nan(bits) || std::signbit(meaning_of(bits)) != std::signbit(value)) continue;
    const double closer = std::fabs(value - meaning_of(best)) - std::fabs(value - meaning_of(bits));
    const bool first = std::signbit(meaning_of(best)) != std::signbit(value);
    if (first || closer > 0 || (closer == 0 && bits % 2 == 0)) best = bits;
  }
  return best;
}

}  // namespace

TEST_CASE("every 8-bit pattern is widened to what it means and rounded to itself") {
  for (int bits = 0; bits < 256; ++bits) {
    if (is_nan(bits)) continue;
    CAPTURE(bits);
    const float value = widened_e4m3(static_cast<std::uint8_t>(bits));
    CHECK(static_cast<double>(value) == meaning_of(bits));
    CHECK(int{rounded_to_e4m3(value)} == bits);
  }
}

TEST_CASE("numbers are rounded to the nearest and ties to even") {
  std::mt19937_64 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> values;
  for (int bits = 0; bits < 0x7E; ++bits) {
    const double middle = (meaning_of(bits) + meaning_of(bits + 1)) / 2;
    for (const double value : {middle, middle * (1 + 1e-6), middle * (1 - 1e-6)}) {
      values.push_back(static_cast<float>(value));
      values.push_back(static_cast<float>(-value));
    }
  }
  for (int i = 0; i < 2000; ++i) values.push_back(normal(random) * std::exp2(normal(random) * 5));
  for (const float value : values) {
    CAPTURE(value);
    CHECK(int{rounded_to_e4m3(value)} == nearest_to(static_cast<double>(value)));
  }
}

TEST_CASE("what is too large becomes the largest") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float value : {448.0F, 449.0F, 500.0F, 1e9F, kInfinity}) {
    CHECK(widened_e4m3(rounded_to_e4m3(value)) == kLargestE4m3);
    CHECK(widened_e4m3(rounded_to_e4m3(-value)) == -kLargestE4m3);
  }
}

TEST_CASE("a scale is the least power of two that lets the bound fit") {
  struct Row {
    double bound;
    float scale;
  };
  constexpr Row kRows[] = {{448, 1},     {448.5, 2},   {224, 0.5F},
                           {225, 1},     {3, 0x1p-7F}, {kLargestE4m3Bound, 0x1p32F},
                           {0, 0x1p-40F}};
  for (const Row& row : kRows) {
    CAPTURE(row.bound);
    CHECK(e4m3_scale(row.bound) == row.scale);
  }
}

TEST_CASE("rounded weights keep four significant bits over fourteen binades") {
  std::mt19937_64 random(4);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (const float size : {1e-6F, 0.02F, 1.0F, 3e5F}) {
    std::vector<float> weights(500);
    for (float& weight : weights) weight = uniform(random) * size;
    weights[7] = 0;
    std::vector<std::uint8_t> bits(weights.size());
    const float scale = round_to_e4m3(weights, bits);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float again = widened_e4m3(bits[i]) * scale;
      CAPTURE(weights[i]);
      CHECK(std::fabs(again - weights[i]) <=
            std::max(std::fabs(weights[i]) / 16, scale * 0x1p-10F));
    }
    CHECK(widened_e4m3(bits[7]) == 0);
  }
}

TEST_CASE("weights that are no numbers make every product none") {
  std::vector<std::uint8_t> bits(2);
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity(), 1e30F}) {
    CHECK(std::isnan(round_to_e4m3(std::vector<float>{1, odd}, bits)));
  }
  CHECK(round_to_e4m3(std::vector<float>{0, 0}, bits) > 0);
}
