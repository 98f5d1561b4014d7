#include "backends/engine/cuda/bf16.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace proctor::engine::cuda;

TEST_CASE("floats are rounded to the nearest bfloat16 and ties to the even one") {
  struct Row {
    float value;
    std::uint16_t bits;
  };
  constexpr Row kRows[] = {
      {0.0F, 0x0000},
      {-0.0F, 0x8000},
      {1.0F, 0x3F80},
      {0x1.01p0F, 0x3F80},      // half-way, down to the even one
      {0x1.03p0F, 0x3F82},      // half-way, up to the even one
      {0x1.010002p0F, 0x3F81},  // just past half-way
      {-0x1.FFp0F, 0xC000},     // up into the next power of two
      {0x1.FFp127F, 0x7F80},    // and past the largest number
      {0x1.FEp127F, 0x7F7F},    // which is this
      {0x1p-133F, 0x0001},      // the smallest subnormal number
      {0x1p-134F, 0x0000},      // half of it
      {std::numeric_limits<float>::infinity(), 0x7F80},
      {std::numeric_limits<float>::quiet_NaN(), 0x7FFF},
      {-std::numeric_limits<float>::signaling_NaN(), 0x7FFF},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.value);
    CHECK(rounded_to_bf16(row.value).bits == row.bits);
  }
}

TEST_CASE("every bfloat16 is widened exactly and comes back") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const bf16 value = {static_cast<std::uint16_t>(bits)};
    const bool nan = (bits & 0x7FFFU) > 0x7F80U;
    if (std::isnan(widen(value)) != nan) FAIL_CHECK(bits);
    if (rounded_to_bf16(widen(value)) != (nan ? bf16{0x7FFF} : value)) FAIL_CHECK(bits);
  }
}
