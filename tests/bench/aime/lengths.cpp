#include "tests/bench/aime/lengths.h"

#include <algorithm>
#include <cmath>

#include "tests/backends/engine/support/synthetic_model.h"

namespace proctor::bench {

int reply_length(const LengthShape& shape, std::uint64_t seed, int question, int repeat) {
  using engine::support::synthetic_deviate;
  const auto problem = static_cast<std::uint64_t>(question);
  const std::uint64_t sample = problem << 32 | static_cast<std::uint64_t>(repeat);
  const double logarithm = std::log(shape.median) +
                           shape.problem_spread * synthetic_deviate(seed, "problem", problem) +
                           shape.sample_spread * synthetic_deviate(seed, "sample", sample);
  const double tokens = std::min(std::exp(logarithm), shape.cap) / shape.shorten;
  return std::max(1, static_cast<int>(std::lround(tokens)));
}

}  // namespace proctor::bench
