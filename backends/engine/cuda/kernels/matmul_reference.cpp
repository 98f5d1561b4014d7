#include <cstddef>

#include "backends/engine/cuda/kernels/matmul.h"

namespace proctor::engine::cuda {

double matmul_reference(std::span<const double> x, std::span<const double> weight) {
  check(x.size() == weight.size());
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * weight[i];
  return sum;
}

}  // namespace proctor::engine::cuda
