#include "tests/backends/engine/cuda/fixture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/core/check.h"

namespace proctor::engine::cuda::fixture {

Stream make_stream() {
  Result<Stream> stream = Stream::make();
  check(static_cast<bool>(stream));
  return std::move(*stream);
}

std::vector<bf16> random_values(Random& random, std::size_t size, float deviation) {
  std::normal_distribution<float> normal(0, deviation);
  std::vector<bf16> values(size);
  for (bf16& value : values) value = rounded_to_bf16(normal(random));
  return values;
}

std::vector<double> widened(std::span<const bf16> values) {
  std::vector<double> wide;
  for (const bf16 value : values) wide.push_back(static_cast<double>(widen(value)));
  return wide;
}

std::vector<double> widened(std::span<const float> values) {
  return {values.begin(), values.end()};
}

double excess(std::span<const double> values, std::span<const double> truth, double relative,
              double absolute) {
  check(values.size() == truth.size());
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double difference = std::fabs(values[i] - truth[i]);
    if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    most = std::max(most, difference - (relative * std::fabs(truth[i]) + absolute));
  }
  return most;
}

}  // namespace proctor::engine::cuda::fixture
