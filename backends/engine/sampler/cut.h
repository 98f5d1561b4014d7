// Where top-k and top-p cut a distribution: thresholds found by counting, without sorting it.
//
// Candidates are told apart by the rank of their logit, an integer in the order of the floats. A
// threshold is found by histograms over ever narrower ranges of ranks, at most three of them
// (11 + 11 + 10 bits), so the cost is linear whatever the logits are.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace proctor::engine {

// An integer that orders floats as `<` does and is equal for equals, -0 and +0 among them. No NaN.
inline std::uint32_t rank_of(float logit) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(logit + 0.0F);  // -0 + 0 is +0
  return bits >> 31 != 0 ? ~bits : bits | 0x80000000U;
}

struct Candidate {
  std::uint32_t rank = 0;
  std::int32_t id = 0;
  std::uint64_t weight = 0;  // not 0
};

// The smallest integer that is at least top_p * mass: a float is a fraction over a power of two, so
// nothing is rounded but the result. top_p in (0, 1].
std::uint64_t mass_of_top_p(float top_p, std::uint64_t mass);

// Finds thresholds; holds scratch memory.
class CutFinder {
 public:
  // The largest rank such that `count` candidates or more have it or a larger one: the rank of the
  // one in place `count`. 0, which keeps all, if there are no more than that. count > 0.
  std::uint32_t by_count(std::span<const Candidate> candidates, std::uint64_t count);

  // The largest rank such that the candidates with it or a larger one weigh `mass` or more. mass >
  // 0, and all candidates together weigh as much.
  std::uint32_t by_mass(std::span<const Candidate> candidates, std::uint64_t mass);

 private:
  template <class Amount>
  std::uint32_t find(std::span<const Candidate> candidates, std::uint64_t target, Amount amount);

  std::vector<Candidate> narrowed_;
};

}  // namespace proctor::engine
