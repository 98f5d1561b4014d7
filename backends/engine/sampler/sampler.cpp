#include "backends/engine/sampler/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>

#include "backends/engine/sampler/philox.h"
#include "harness/core/check.h"

namespace proctor::engine {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Minus infinity if all are NaN. In lanes, so that it runs at the speed of memory.
float largest_of(std::span<const float> logits) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> lanes;
  lanes.fill(-kInfinity);
  std::size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float logit = logits[i + lane];
      lanes[lane] = logit > lanes[lane] ? logit : lanes[lane];  // false for a NaN
    }
  }
  float largest = *std::max_element(lanes.begin(), lanes.end());
  for (; i < logits.size(); ++i) largest = logits[i] > largest ? logits[i] : largest;
  return largest;
}

std::int32_t lowest_id_of(std::span<const float> logits, float value) {
  const auto found = std::find(logits.begin(), logits.end(), value);
  return found == logits.end() ? 0 : static_cast<std::int32_t>(found - logits.begin());
}

// Finite, so that the largest logit's distance of 0 stays 0 at the smallest of temperatures.
float scale_at(float temperature) {
  return std::min(1.0F / temperature, std::numeric_limits<float>::max());
}

// A place in [0, total): uniform to within 2^-64 of the whole.
std::uint64_t place_in(std::uint64_t total, std::uint64_t uniform) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(uniform) * total >> 64);
}

// `total` is the sum of all weights at this scale.
float logprob_of(float logit, float largest, float scale, std::uint64_t total) {
  const double distance = (static_cast<double>(logit) - largest) * scale;
  return static_cast<float>(distance - std::log(static_cast<double>(total) * 0x1p-40));
}

// The top_k-th largest logit lies at or above the result: in so many blocks it is reached.
float lower_bound_of_top_k(std::span<const float> logits, std::size_t top_k,
                           std::vector<float>& scratch) {
  constexpr std::size_t kBlock = 64;
  scratch.clear();
  for (std::size_t i = 0; i + kBlock <= logits.size(); i += kBlock) {
    scratch.push_back(largest_of(logits.subspan(i, kBlock)));
  }
  if (scratch.size() < top_k) return -kInfinity;
  const auto kth = scratch.begin() + static_cast<std::ptrdiff_t>(top_k) - 1;
  std::nth_element(scratch.begin(), kth, scratch.end(), std::greater<>());
  return *kth;
}

// All logits from the result up together weigh `total - spare` or more: those that weigh less than
// their part of what may be spared cannot together exceed it.
float lower_bound_of_top_p(std::span<const float> logits, std::span<const std::uint64_t> weights,
                           std::uint64_t spare) {
  const std::uint64_t part = std::max<std::uint64_t>(1, spare / logits.size());
  float lowest = kInfinity;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (weights[i] >= part && logits[i] < lowest) lowest = logits[i];
  }
  return lowest;
}

}  // namespace

SampledToken Sampler::draw(std::span<const float> logits, const SamplingParameters& parameters,
                           std::uint64_t seed, std::uint64_t position) {
  check(!logits.empty() && parameters.temperature >= 0);
  check(parameters.top_p > 0 && parameters.top_p <= 1);
  SampledToken token;
  const float largest = largest_of(logits);
  const bool greedy = parameters.temperature == 0;
  if (greedy || !std::isfinite(largest)) {
    token.id = lowest_id_of(logits, largest);
    if (!std::isfinite(largest)) return token;
  }
  const float scale = greedy ? 1.0F : scale_at(parameters.temperature);
  std::uint64_t total = 0;
  if (!greedy) {
    total = weigh_all(logits, largest, scale);
    const std::uint64_t uniform = uniform_bits(seed, position, DrawPurpose::token);
    const bool keeps_all = parameters.top_k <= 0 && parameters.top_p == 1;
    token.id =
        keeps_all ? pick(total, uniform) : pick_of_largest(logits, parameters, total, uniform);
  }
  if (!parameters.logprobs) return token;
  const float logit = logits[static_cast<std::size_t>(token.id)];
  if (!greedy) token.tempered_logprob = logprob_of(logit, largest, scale, total);
  if (greedy || scale != 1) total = weigh_all(logits, largest, 1);
  token.logprob = logprob_of(logit, largest, 1, total);
  return token;
}

std::uint64_t Sampler::weigh_all(std::span<const float> logits, float largest, float scale) {
  weights_.resize(logits.size());
  weigh_(logits, largest, scale, weights_.data());
  std::uint64_t total = 0;  // at most 2^40 each: room for all tables below 2^24
  for (const std::uint64_t weight : weights_) total += weight;
  return total;
}

std::int32_t Sampler::pick(std::uint64_t total, std::uint64_t uniform) const {
  std::uint64_t place = place_in(total, uniform);
  std::size_t id = 0;
  for (; place >= weights_[id]; ++id) place -= weights_[id];
  return static_cast<std::int32_t>(id);
}

// Logits without weight need no place among the candidates, not even to count to top_k: all that
// have weight are larger than all that have none. For the weight becomes 0 where (logit - largest)
// * scale is about -40 ln 2, and there the exponential is monotone: its reduced argument is about
// 0, where the polynomial is 1 + r and the rounding of its other terms cannot be seen.
std::int32_t Sampler::pick_of_largest(std::span<const float> logits,
                                      const SamplingParameters& parameters, std::uint64_t total,
                                      std::uint64_t uniform) {
  const auto top_k = static_cast<std::size_t>(std::max(parameters.top_k, 0));
  const float lowest =
      top_k > 0
          ? lower_bound_of_top_k(logits, top_k, block_largest_)
          : lower_bound_of_top_p(logits, weights_, total - mass_of_top_p(parameters.top_p, total));
  candidates_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!(logits[i] >= lowest) || weights_[i] == 0) continue;
    candidates_.push_back({rank_of(logits[i]), static_cast<std::int32_t>(i), weights_[i]});
  }
  std::uint32_t threshold = 0;
  const auto kept_mass = [&] {
    std::uint64_t mass = 0;
    for (const Candidate& each : candidates_) mass += each.rank >= threshold ? each.weight : 0;
    return mass;
  };
  std::uint64_t mass = total;
  if (top_k > 0) {
    threshold = cut_.by_count(candidates_, top_k);
    mass = kept_mass();
  }
  if (parameters.top_p < 1) {
    threshold = cut_.by_mass(candidates_, mass_of_top_p(parameters.top_p, mass));
    mass = kept_mass();
  }
  std::uint64_t place = place_in(mass, uniform);
  for (const Candidate& each : candidates_) {
    if (each.rank < threshold) continue;
    if (place < each.weight) return each.id;
    place -= each.weight;
  }
  check(false);  // the place lies within the mass
  return 0;
}

}  // namespace proctor::engine
