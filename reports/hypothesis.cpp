#include "reports/hypothesis.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "harness/core/check.h"

namespace proctor::reports {
namespace {

// The places of the values that are numbers, smallest value first.
std::vector<std::size_t> ascending(std::span<const double> values) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) places.push_back(i);
  }
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return places;
}

}  // namespace

double normal_upper_tail(double z) { return std::erfc(z / std::numbers::sqrt2) / 2; }

double normal_quantile(double probability) {
  check(probability > 0 && probability < 1);
  // Halving in the lower half, where the tail is exact; the upper half mirrors it.
  if (probability > 0.5) return -normal_quantile(1 - probability);
  double low = -40;  // the tail beyond is smaller than any double above 0
  double high = 0;
  for (int halvings = 0; halvings < 80; ++halvings) {
    const double middle = (low + high) / 2;
    (normal_upper_tail(-middle) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

double mcnemar_exact(int first, int second) {
  check(first >= 0 && second >= 0);
  const int discordant = first + second;
  const int fewer = std::min(first, second);
  if (2 * fewer == discordant) return 1;
  double tail = 0;
  for (int i = 0; i <= fewer; ++i) {
    tail += std::exp(std::lgamma(discordant + 1) - std::lgamma(i + 1) -
                     std::lgamma(discordant - i + 1) - discordant * std::numbers::ln2);
  }
  return std::min(1.0, 2 * tail);
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<double> adjusted(p_values.begin(), p_values.end());
  const std::vector<std::size_t> order = ascending(p_values);
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    largest = std::max(largest, std::min(1.0, left * p_values[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<double> adjusted(p_values.begin(), p_values.end());
  const std::vector<std::size_t> order = ascending(p_values);
  const auto count = static_cast<double>(order.size());
  double smallest = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    const std::size_t place = order[rank - 1];
    smallest = std::min(smallest, count / static_cast<double>(rank) * p_values[place]);
    adjusted[place] = smallest;
  }
  return adjusted;
}

}  // namespace proctor::reports
