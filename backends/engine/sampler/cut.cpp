#include "backends/engine/sampler/cut.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "harness/core/check.h"

namespace proctor::engine {
namespace {

constexpr int kBucketBits = 11;

struct Range {
  std::uint32_t lowest;
  std::uint32_t highest;
};

Range ranks_of(std::span<const Candidate> candidates) {
  Range range = {~0U, 0};
  for (const Candidate& candidate : candidates) {
    range.lowest = std::min(range.lowest, candidate.rank);
    range.highest = std::max(range.highest, candidate.rank);
  }
  return range;
}

}  // namespace

std::uint64_t mass_of_top_p(float top_p, std::uint64_t mass) {
  check(top_p > 0 && top_p <= 1);
  int exponent = 0;
  const auto fraction = static_cast<std::uint32_t>(std::frexp(top_p, &exponent) * 0x1p24F);
  const int shift = 24 - exponent;  // top_p = fraction / 2^shift, 23 <= shift <= 172
  const unsigned __int128 product = static_cast<unsigned __int128>(fraction) * mass;  // < 2^88
  if (shift >= 88) return product == 0 ? 0 : 1;
  const unsigned __int128 below_one = (static_cast<unsigned __int128>(1) << shift) - 1;
  return static_cast<std::uint64_t>((product + below_one) >> shift);
}

// `target` stays what is wanted of the candidates at hand: what lies above the bucket that is
// searched next is taken off it.
template <class Amount>
std::uint32_t CutFinder::find(std::span<const Candidate> candidates, std::uint64_t target,
                              Amount amount) {
  for (;;) {
    const Range range = ranks_of(candidates);
    const int bits = std::bit_width(range.highest - range.lowest);
    const int shift = std::max(0, bits - kBucketBits);
    const auto bucket_of = [&](const Candidate& candidate) {
      return std::size_t{(candidate.rank - range.lowest) >> shift};
    };
    std::array<std::uint64_t, 1 << kBucketBits> amounts{};
    for (const Candidate& candidate : candidates)
      amounts[bucket_of(candidate)] += amount(candidate);
    std::size_t bucket = std::size_t{range.highest - range.lowest} >> shift;
    for (; amounts[bucket] < target; --bucket) {
      check(bucket > 0);
      target -= amounts[bucket];
    }
    if (shift == 0) return range.lowest + static_cast<std::uint32_t>(bucket);
    // Each element is read before its place is written, so narrowing within narrowed_ is safe.
    if (candidates.data() != narrowed_.data()) narrowed_.resize(candidates.size());
    std::size_t kept = 0;
    for (const Candidate& candidate : candidates) {
      if (bucket_of(candidate) == bucket) narrowed_[kept++] = candidate;
    }
    candidates = std::span(narrowed_).first(kept);
  }
}

std::uint32_t CutFinder::by_count(std::span<const Candidate> candidates, std::uint64_t count) {
  check(count > 0);
  if (candidates.size() <= count) return 0;
  return find(candidates, count, [](const Candidate&) { return std::uint64_t{1}; });
}

std::uint32_t CutFinder::by_mass(std::span<const Candidate> candidates, std::uint64_t mass) {
  check(mass > 0);
  return find(candidates, mass, [](const Candidate& candidate) { return candidate.weight; });
}

}  // namespace proctor::engine
