#include <cstddef>
#include <cstdint>

#include "backends/engine/exponential.h"
#include "backends/engine/sampler/sampler.h"

namespace proctor::engine {

void weigh_logits_reference(std::span<const float> logits, float largest, float scale,
                            std::uint64_t* weights) {
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float probability = exponential((logits[i] - largest) * scale);
    weights[i] = static_cast<std::uint64_t>(probability * 0x1p40F);
  }
}

}  // namespace proctor::engine
