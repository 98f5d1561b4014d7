#include "backends/engine/checkpoint/tensor.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

using namespace proctor::engine;

namespace {

// What 16 bits mean, by the definition of IEEE 754: sign, exponent, fraction.
double meaning_of(std::uint16_t bits, int exponent_bits) {
  const int fraction_bits = 15 - exponent_bits;
  const int exponent = (bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return fraction == 0 ? sign * INFINITY : NAN;
  const double units = exponent == 0 ? fraction : fraction + (1 << fraction_bits);
  return sign * std::ldexp(units, std::max(exponent, 1) - bias - fraction_bits);
}

}  // namespace

TEST_CASE("every 16-bit pattern is widened to what it means") {
  for (const auto& [type, exponent_bits] : {std::pair{DType::f16, 5}, std::pair{DType::bf16, 8}}) {
    int wrong = 0;
    for (int pattern = 0; pattern < 0x10000; ++pattern) {
      const auto bits = static_cast<std::uint16_t>(pattern);
      const double expected = meaning_of(bits, exponent_bits);
      const double found = static_cast<double>(widened(bits, type));
      const bool same = std::isnan(expected)
                            ? std::isnan(found)
                            : found == expected && std::signbit(found) == std::signbit(expected);
      wrong += !same;
    }
    CAPTURE(name_of(type));
    CHECK(wrong == 0);
  }
}

TEST_CASE("a part of a tensor is widened") {
  const std::uint16_t bits[] = {0x3F80, 0x4000, 0xC040, 0x0000};  // 1, 2, -3, 0 in bf16
  const TensorView view{DType::bf16, {2, 2}, std::as_bytes(std::span(bits))};
  CHECK(view.present());
  CHECK(view.elements() == 4);
  float part[2] = {};
  view.widen(1, part);
  CHECK(part[0] == 2);
  CHECK(part[1] == -3);
  const float wide[] = {1.25F, -7};
  const TensorView f32{DType::f32, {2}, std::as_bytes(std::span(wide))};
  f32.widen(0, part);
  CHECK(part[0] == 1.25F);
  CHECK(part[1] == -7);
  CHECK(!TensorView{}.present());
}

TEST_CASE("shapes are written as in Python") {
  CHECK(format_shape(std::vector<std::int64_t>{2, 3}) == "[2, 3]");
  CHECK(format_shape({}) == "[]");
}
