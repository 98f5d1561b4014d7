// Chi-square tests of the drawn frequencies against exact probabilities. With fixed seeds they pass
// or fail for good; the significance is 1e-4 a test, so a right sampler would have failed one of
// them by bad luck with a probability of about 1e-3.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "backends/engine/sampler/sampler.h"

using namespace proctor::engine;

namespace {

constexpr double kNormalQuantile = 3.719;  // of 1 - 1e-4

// Wilson and Hilferty's approximation (1931) to the 1 - 1e-4 quantile of chi-square.
double critical_value(double degrees) {
  const double part = 2 / (9 * degrees);
  const double root = 1 - part + kNormalQuantile * std::sqrt(part);
  return degrees * root * root * root;
}

double chi_square(const std::vector<double>& probabilities, const std::vector<int>& counts) {
  const double draws = std::accumulate(counts.begin(), counts.end(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (probabilities[i] == 0) {
      CHECK(counts[i] == 0);
      continue;
    }
    const double expected = draws * probabilities[i];
    sum += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  return sum;
}

// In doubles, by sorting: what is kept and how likely each of it is.
std::vector<double> exact_probabilities(const std::vector<float>& logits,
                                        const SamplingParameters& parameters) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> weights;
  for (const float logit : logits) {
    weights.push_back(std::exp((static_cast<double>(logit) - largest) / parameters.temperature));
  }
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  const std::size_t k =
      parameters.top_k > 0 ? static_cast<std::size_t>(parameters.top_k) : order.size();
  double whole = 0;
  for (std::size_t i = 0; i < k; ++i) whole += weights[order[i]];
  std::vector<double> probabilities(logits.size());
  double kept = 0;
  for (std::size_t i = 0; i < k && kept < parameters.top_p * whole; ++i) {
    probabilities[order[i]] = weights[order[i]];
    kept += weights[order[i]];
  }
  for (double& probability : probabilities) probability /= kept;
  return probabilities;
}

}  // namespace

TEST_CASE("frequencies over a small vocabulary are the exact probabilities") {
  struct Row {
    SamplingParameters parameters;
    bool vary_seed;  // or the position: both must give independent numbers
  };
  const Row kRows[] = {
      {{}, true},
      {{}, false},
      {{.temperature = 0.6F}, true},
      {{.temperature = 0.6F, .top_p = 0.95F}, false},
      {{.temperature = 2.0F, .top_p = 0.5F}, true},
      {{.temperature = 1.0F, .top_k = 5}, false},
      {{.temperature = 1.3F, .top_p = 0.8F, .top_k = 9}, true},
  };
  const std::vector<float> logits = {0.3F, 2.0F,  -1.0F, 1.1F, 0.9F,  -0.2F, 3.1F, 2.7F,
                                     1.6F, -2.5F, 0.0F,  0.7F, -0.6F, 2.2F,  1.9F, -1.7F};
  constexpr int kDraws = 200'000;
  Sampler sampler;
  for (const Row& row : kRows) {
    CAPTURE(row.parameters.temperature);
    CAPTURE(row.parameters.top_p);
    CAPTURE(row.parameters.top_k);
    std::vector<int> counts(logits.size());
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      const SampledToken token = row.vary_seed ? sampler.draw(logits, row.parameters, i, 11)
                                               : sampler.draw(logits, row.parameters, 11, i);
      ++counts[static_cast<std::size_t>(token.id)];
    }
    const std::vector<double> probabilities = exact_probabilities(logits, row.parameters);
    const auto zeros = std::count(probabilities.begin(), probabilities.end(), 0.0);
    const auto degrees = static_cast<double>(logits.size()) - static_cast<double>(zeros) - 1;
    CHECK(chi_square(probabilities, counts) < critical_value(degrees));
  }
}

TEST_CASE("frequencies over 152 thousand tokens are the exact probabilities in bins") {
  constexpr std::size_t kVocabulary = 151'936;
  constexpr std::size_t kBins = 40;  // of neighbours in the vocabulary
  constexpr int kDraws = 500;
  std::mt19937_64 random(12);
  std::normal_distribution<float> normal(0, 1.5F);
  std::vector<float> logits(kVocabulary);
  for (float& logit : logits) logit = normal(random);
  Sampler sampler;
  for (const float top_p : {1.0F, 0.9F}) {
    CAPTURE(top_p);
    const SamplingParameters parameters = {.temperature = 0.8F, .top_p = top_p};
    const std::vector<double> probabilities = exact_probabilities(logits, parameters);
    std::vector<double> binned(kBins);
    for (std::size_t i = 0; i < kVocabulary; ++i) {
      binned[i * kBins / kVocabulary] += probabilities[i];
    }
    std::vector<int> counts(kBins);
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      const auto id = static_cast<std::size_t>(sampler.draw(logits, parameters, 13, i).id);
      ++counts[id * kBins / kVocabulary];
    }
    CHECK(chi_square(binned, counts) < critical_value(kBins - 1));
  }
}

TEST_CASE("neighbouring seeds and positions give independent draws") {
  const std::vector<float> logits(8, 0.0F);
  constexpr int kPairs = 100'000;
  Sampler sampler;
  for (const bool over_seeds : {false, true}) {
    CAPTURE(over_seeds);
    std::vector<int> counts(64);
    for (std::uint64_t i = 0; i < kPairs; ++i) {
      const auto id = [&](std::uint64_t n) {
        return static_cast<std::size_t>(
            (over_seeds ? sampler.draw(logits, {}, n, 5) : sampler.draw(logits, {}, 5, n)).id);
      };
      ++counts[8 * id(2 * i) + id(2 * i + 1)];
    }
    CHECK(chi_square(std::vector<double>(64, 1.0 / 64), counts) < critical_value(63));
  }
}
