#include <cmath>
#include <cstddef>

#include "backends/engine/cuda/kernels/rms_norm.h"

namespace proctor::engine::cuda {

void rms_norm_reference(std::span<double> out, std::span<const double> x,
                        std::span<const double> weight, double eps) {
  check(out.size() == x.size() && weight.size() == x.size());
  double squares = 0;
  for (const double value : x) squares += value * value;
  const double factor = 1 / std::sqrt(squares / static_cast<double>(x.size()) + eps);
  for (std::size_t i = 0; i < x.size(); ++i) out[i] = x[i] * factor * weight[i];
}

}  // namespace proctor::engine::cuda
