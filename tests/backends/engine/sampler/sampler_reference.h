// What Sampler::draw means, written to be read: sort everything, sum exactly, no histogram.
#pragma once

#include <cstdint>
#include <span>

#include "backends/engine/device.h"

namespace proctor::engine {

SampledToken draw_reference(std::span<const float> logits, const SamplingParameters& parameters,
                            std::uint64_t seed, std::uint64_t position);

}  // namespace proctor::engine
