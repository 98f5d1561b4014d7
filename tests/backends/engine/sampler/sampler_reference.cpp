#include "tests/backends/engine/sampler/sampler_reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "backends/engine/exponential.h"
#include "backends/engine/sampler/philox.h"

namespace proctor::engine {
namespace {

using Wide = unsigned __int128;

struct Entry {
  float logit;
  std::size_t id;
  std::uint64_t weight;
};

std::vector<Entry> entries_at(std::span<const float> logits, float scale) {
  float largest = -std::numeric_limits<float>::infinity();
  for (const float logit : logits) {
    if (!std::isnan(logit)) largest = std::max(largest, logit);
  }
  std::vector<Entry> entries;
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (std::isnan(logits[id])) continue;
    const double weight = std::floor(exponential((logits[id] - largest) * scale) * 0x1p40);
    entries.push_back({logits[id], id, static_cast<std::uint64_t>(weight)});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.logit > b.logit; });
  return entries;
}

std::uint64_t mass_of(const std::vector<Entry>& entries) {
  std::uint64_t mass = 0;
  for (const Entry& entry : entries) mass += entry.weight;
  return mass;
}

// Keeps the first `count`, and what equals the last of them.
void keep(std::vector<Entry>& entries, std::size_t count) {
  if (count >= entries.size()) return;
  while (count < entries.size() && entries[count].logit == entries[count - 1].logit) ++count;
  entries.resize(count);
}

// Whether part / whole >= top_p.
bool reaches(std::uint64_t part, std::uint64_t whole, float top_p) {
  int doublings = 0;
  for (; top_p != std::floor(top_p); top_p *= 2) ++doublings;
  const Wide right = static_cast<Wide>(top_p) * whole;
  return doublings >= 88 ? part > 0 : (static_cast<Wide>(part) << doublings) >= right;
}

float logprob(const std::vector<Entry>& entries, float logit, float scale) {
  const double sum = static_cast<double>(mass_of(entries)) / 0x1p40;
  const double largest = entries.front().logit;
  return static_cast<float>((static_cast<double>(logit) - largest) * scale - std::log(sum));
}

}  // namespace

SampledToken draw_reference(std::span<const float> logits, const SamplingParameters& parameters,
                            std::uint64_t seed, std::uint64_t position) {
  const bool greedy = parameters.temperature == 0;
  const float scale =
      greedy ? 1 : std::min(1 / parameters.temperature, std::numeric_limits<float>::max());
  std::vector<Entry> all = entries_at(logits, scale);
  if (all.empty()) return {};
  if (greedy || !std::isfinite(all.front().logit)) {
    SampledToken token = {.id = static_cast<std::int32_t>(all.front().id)};
    if (parameters.logprobs && std::isfinite(all.front().logit)) {
      token.logprob = logprob(all, all.front().logit, 1);
    }
    return token;
  }

  std::vector<Entry> kept = all;
  if (parameters.top_k > 0) keep(kept, static_cast<std::size_t>(parameters.top_k));
  const std::uint64_t whole = mass_of(kept);
  std::uint64_t part = 0;
  std::size_t count = 0;
  while (!reaches(part, whole, parameters.top_p)) part += kept[count++].weight;
  keep(kept, count);

  std::sort(kept.begin(), kept.end(), [](const Entry& a, const Entry& b) { return a.id < b.id; });
  const std::uint64_t uniform = uniform_bits(seed, position, DrawPurpose::token);
  auto place = static_cast<std::uint64_t>(static_cast<Wide>(uniform) * mass_of(kept) >> 64);
  std::size_t drawn = 0;
  for (; place >= kept[drawn].weight; ++drawn) place -= kept[drawn].weight;

  SampledToken token = {.id = static_cast<std::int32_t>(kept[drawn].id)};
  if (!parameters.logprobs) return token;
  token.logprob = logprob(entries_at(logits, 1), kept[drawn].logit, 1);
  token.tempered_logprob = logprob(all, kept[drawn].logit, scale);
  return token;
}

}  // namespace proctor::engine
