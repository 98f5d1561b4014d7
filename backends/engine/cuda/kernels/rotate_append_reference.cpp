#include <cmath>
#include <cstddef>

#include "backends/engine/cuda/kernels/rotate_append.h"

namespace proctor::engine::cuda {

void rotate_reference(std::span<double> head, std::span<const double> norm, double eps,
                      std::span<const double> cosines, std::span<const double> sines) {
  if (!norm.empty()) {
    double squares = 0;
    for (const double value : head) squares += value * value;
    const double factor = 1 / std::sqrt(squares / static_cast<double>(head.size()) + eps);
    for (std::size_t i = 0; i < head.size(); ++i) head[i] *= factor * norm[i];
  }
  const std::size_t half = head.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    const double first = head[i];
    const double second = head[i + half];
    head[i] = first * cosines[i] - second * sines[i];
    head[i + half] = second * cosines[i] + first * sines[i];
  }
}

}  // namespace proctor::engine::cuda
