#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "backends/engine/cuda/kernels/attention.h"

namespace proctor::engine::cuda {

void attention_reference(std::span<double> out, std::span<const double> query,
                         std::span<const double> keys, std::span<const double> values) {
  const std::size_t width = query.size();
  check(out.size() == width && !keys.empty() && keys.size() % width == 0);
  check(values.size() == keys.size());
  std::vector<double> weights;
  for (std::size_t at = 0; at < keys.size(); at += width) {
    double score = 0;
    for (std::size_t i = 0; i < width; ++i) score += query[i] * keys[at + i];
    weights.push_back(score / std::sqrt(static_cast<double>(width)));
  }
  const double largest = *std::ranges::max_element(weights);
  double total = 0;
  for (double& weight : weights) total += weight = std::exp(weight - largest);
  std::ranges::fill(out, 0.0);
  for (std::size_t n = 0; n < weights.size(); ++n) {
    for (std::size_t i = 0; i < width; ++i) {
      out[i] += weights[n] / total * values[n * width + i];
    }
  }
}

}  // namespace proctor::engine::cuda
