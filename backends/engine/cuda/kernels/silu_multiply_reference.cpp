#include <cmath>
#include <cstddef>

#include "backends/engine/cuda/kernels/silu_multiply.h"

namespace proctor::engine::cuda {

void silu_multiply_reference(std::span<double> out, std::span<const double> gate,
                             std::span<const double> up) {
  check(out.size() == gate.size() && up.size() == gate.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
  }
}

}  // namespace proctor::engine::cuda
