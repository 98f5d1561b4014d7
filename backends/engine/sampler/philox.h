// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011, section 3.3): a random number that is a pure function of a key and a counter, so that it
// is the same on every device, in every batch and after every resumption.
#pragma once

#include <array>
#include <cstdint>

namespace proctor::engine {

// What a number is drawn for: part of the counter, so that no two purposes share one.
enum class DrawPurpose : std::uint32_t { token = 0 };

constexpr std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                                     std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t left = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t right = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(right >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(right),
               static_cast<std::uint32_t>(left >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(left)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// 64 uniform bits for a sample's token at `position`; `seed` is that of the sample.
constexpr std::uint64_t uniform_bits(std::uint64_t seed, std::uint64_t position,
                                     DrawPurpose purpose) {
  const std::array<std::uint32_t, 4> words = philox4x32_10(
      {static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(position >> 32),
       static_cast<std::uint32_t>(purpose), 0},
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return std::uint64_t{words[1]} << 32 | words[0];
}

}  // namespace proctor::engine
