// What the keys and values of a model are divided by where the cache holds them in 8 bits.
//
// The scales follow from the weights, by a bound that no token can exceed: they need no calibration
// text, are the same on every device and for every batch, and nothing is ever cut off. After an
// RMSNorm the vector n that a projection reads has |n|^2 <= hidden_size before the norm's weights
// g, so that |w . (g n) + b| <= sqrt(hidden_size) |w g| + |b|. That is some fifty times what is
// typical, which costs nothing: E4M3 keeps its precision over 15 binades.
#pragma once

#include <vector>

#include "backends/engine/checkpoint/weights.h"
#include "backends/engine/model_config.h"
#include "harness/core/result.h"

namespace proctor::engine {

// Of a layer; one for each channel, [kv_heads, head_dim], powers of two from 2^-40 to 2^40. Both
// channels that the rotary embedding turns with each other have the same.
struct KvScales {
  std::vector<float> keys, values;
};

// For each layer, for keys as they are after the rotation. Reads the projections of keys and
// values: about a second for 10 GB of weights. Thread-safe.
// Errors: corrupt, for weights that are no numbers or beyond all reason.
Result<std::vector<KvScales>> kv_scales(const ModelConfig& config, const Weights& weights);

}  // namespace proctor::engine
