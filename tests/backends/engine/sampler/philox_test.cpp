#include "backends/engine/sampler/philox.h"

#include <doctest/doctest.h>

#include <set>

using namespace proctor::engine;

// The known answers of the Random123 distribution (kat_vectors, philox4x32 10).
TEST_CASE("Philox gives the published numbers") {
  struct Row {
    std::array<std::uint32_t, 4> counter;
    std::array<std::uint32_t, 2> key;
    std::array<std::uint32_t, 4> numbers;
  };
  constexpr std::uint32_t kOnes = 0xffffffff;
  constexpr Row kRows[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{kOnes, kOnes, kOnes, kOnes},
       {kOnes, kOnes},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.counter[0]);
    CHECK(philox4x32_10(row.counter, row.key) == row.numbers);
  }
}

TEST_CASE("seeds and positions give different numbers in all 64 of their bits") {
  std::set<std::uint64_t> seen;
  for (int seed_bit = 0; seed_bit < 64; ++seed_bit) {
    for (int position_bit = 0; position_bit < 64; ++position_bit) {
      seen.insert(uniform_bits(std::uint64_t{1} << seed_bit, std::uint64_t{1} << position_bit,
                               DrawPurpose::token));
    }
  }
  CHECK(seen.size() == 64 * 64);
  static_assert(uniform_bits(0, 0, DrawPurpose::token) == 0xe169c58d6627e8d5);
}
