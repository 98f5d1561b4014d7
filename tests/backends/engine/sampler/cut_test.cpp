#include "backends/engine/sampler/cut.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace proctor::engine;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<Candidate> random_candidates(std::mt19937_64& random, std::size_t count,
                                         std::uint32_t distinct) {
  std::vector<Candidate> candidates(count);
  const auto base = static_cast<std::uint32_t>(random());
  const int spread = static_cast<int>(random() % 28);
  for (std::size_t i = 0; i < count; ++i) {
    const auto step = static_cast<std::uint32_t>(random() % distinct);
    candidates[i] = {base + (step << spread), static_cast<std::int32_t>(i),
                     1 + (random() >> (24 + random() % 40))};
  }
  return candidates;
}

// The rank of the first candidate, from the largest down, with which `enough` is reached.
template <class Amount>
std::uint32_t sorted_cut(std::vector<Candidate> candidates, std::uint64_t enough, Amount amount) {
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.rank > b.rank; });
  std::uint64_t sum = 0;
  for (const Candidate& candidate : candidates) {
    sum += amount(candidate);
    if (sum >= enough) return candidate.rank;
  }
  return 0;
}

}  // namespace

TEST_CASE("ranks order floats as less-than does") {
  const float kAscending[] = {-kInfinity, -3e38F, -1.5F, -1e-45F,  0.0F,
                              1e-45F,     1.5F,   3e38F, kInfinity};
  for (std::size_t i = 1; i < std::size(kAscending); ++i) {
    CAPTURE(kAscending[i]);
    CHECK(rank_of(kAscending[i - 1]) < rank_of(kAscending[i]));
  }
  CHECK(rank_of(-0.0F) == rank_of(0.0F));
}

TEST_CASE("the mass of top-p is exact and rounded up") {
  struct Row {
    float top_p;
    std::uint64_t mass;
    std::uint64_t share;
  };
  const Row kRows[] = {
      {1.0F, 0x3ffffffffffffff, 0x3ffffffffffffff},
      {0.5F, 10, 5},
      {0.5F, 11, 6},
      {0.25F, 4, 1},
      {0.25F, 5, 2},
      {0.95F, 1 << 24, 15'938'355},  // 0.95F is 15938355 / 2^24
      {0.95F, (1 << 24) + 1, 15'938'356},
      {0.95F, std::uint64_t{1} << 58, std::uint64_t{15'938'355} << 34},
      {std::nextafter(1.0F, 0.0F), 1 << 24, (1 << 24) - 1},
      {std::nextafter(1.0F, 0.0F), 3, 3},
      {1e-30F, std::uint64_t{1} << 58, 1},
      {std::numeric_limits<float>::denorm_min(), std::uint64_t{1} << 58, 1},
      {0x1p-40F, std::uint64_t{1} << 58, 1 << 18},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.top_p);
    CAPTURE(row.mass);
    CHECK(mass_of_top_p(row.top_p, row.mass) == row.share);
  }
}

TEST_CASE("cuts are where a sorted list has them") {
  std::mt19937_64 random(3);
  CutFinder finder;
  for (int round = 0; round < 3000; ++round) {
    CAPTURE(round);
    const std::size_t count = 1 + random() % (round % 10 == 0 ? 5000 : 20);
    const auto distinct = static_cast<std::uint32_t>(1 + random() % (round % 3 == 0 ? 2 : 10000));
    const std::vector<Candidate> candidates = random_candidates(random, count, distinct);
    std::uint64_t whole = 0;
    for (const Candidate& candidate : candidates) whole += candidate.weight;
    const std::uint64_t k = 1 + random() % (count + 2);
    const std::uint64_t mass = 1 + random() % whole;
    const auto one = [](const Candidate&) { return std::uint64_t{1}; };
    const auto weight = [](const Candidate& candidate) { return candidate.weight; };
    CHECK(finder.by_count(candidates, k) == (k >= count ? 0 : sorted_cut(candidates, k, one)));
    CHECK(finder.by_mass(candidates, mass) == sorted_cut(candidates, mass, weight));
    CHECK(finder.by_mass(candidates, whole) == sorted_cut(candidates, whole, weight));
  }
}
