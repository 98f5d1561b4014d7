// Draws a token from logits by exact integer arithmetic, so that every device draws the same token
// from the same logits (reference/inference.md, section 4.8).
//
// Each logit's weight exp((logit - largest) / temperature) becomes a 40-bit integer; all sums of
// weights are sums of integers and so have no order. Kept are the top_k largest logits, then the
// fewest of the largest whose weight reaches top_p of what top_k kept (top_p times that, exactly,
// rounded up to an integer); equals of the last one kept are kept too, each time. A 64-bit uniform
// number picks among the kept in the order of the vocabulary.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backends/engine/device.h"
#include "backends/engine/sampler/cut.h"

namespace proctor::engine {

// weights[i] = the weight of logits[i] in units of 2^-40: exp((logits[i] - largest) * scale), cut
// off towards zero; the weight of a NaN or of minus infinity is 0. All lengths are equal.
using WeighLogits = void (*)(std::span<const float> logits, float largest, float scale,
                             std::uint64_t* weights);

// Plain and slow: the meaning of WeighLogits. Thread-safe.
void weigh_logits_reference(std::span<const float> logits, float largest, float scale,
                            std::uint64_t* weights);

// Draws tokens; holds scratch memory, so one per thread.
class Sampler {
 public:
  // A `weigh` that differs in any bit from the reference breaks determinism over devices.
  explicit Sampler(WeighLogits weigh = weigh_logits_reference) : weigh_(weigh) {}

  // The token at `position` of the sample with this seed. Logits that are NaN are never drawn; if
  // there is no finite one, or there is +infinity, the lowest id of the largest is drawn (0 if all
  // are NaN), with log probabilities of 0. So is the tempered one's at temperature 0.
  // `logits` is not empty; a temperature below 0 or a top_p outside (0, 1] stops the program.
  SampledToken draw(std::span<const float> logits, const SamplingParameters& parameters,
                    std::uint64_t seed, std::uint64_t position);

 private:
  // Fills weights_; returns their sum.
  std::uint64_t weigh_all(std::span<const float> logits, float largest, float scale);
  std::int32_t pick(std::uint64_t total, std::uint64_t uniform) const;
  std::int32_t pick_of_largest(std::span<const float> logits, const SamplingParameters& parameters,
                               std::uint64_t total, std::uint64_t uniform);

  WeighLogits weigh_;
  std::vector<std::uint64_t> weights_;
  std::vector<float> block_largest_;
  std::vector<Candidate> candidates_;
  CutFinder cut_;
};

}  // namespace proctor::engine
