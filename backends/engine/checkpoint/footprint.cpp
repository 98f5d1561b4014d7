#include "backends/engine/checkpoint/footprint.h"

namespace proctor::engine {

Footprint footprint_of(const ModelConfig& config, const Weights& weights) {
  Footprint footprint;
  const auto add = [&](const TensorView& tensor) {
    footprint.parameters += static_cast<std::int64_t>(tensor.elements());
    footprint.weight_bytes += static_cast<std::int64_t>(tensor.data.size());
    footprint.weight_bytes_e4m3 += static_cast<std::int64_t>(tensor.data.size());
  };
  const auto add_matrix = [&](const TensorView& tensor) {
    add(tensor);
    const auto elements = static_cast<std::int64_t>(tensor.elements());
    footprint.weight_bytes_e4m3 -= static_cast<std::int64_t>(tensor.data.size());
    footprint.weight_bytes_e4m3 += elements + 4 * tensor.shape.at(0);
  };
  add(weights.embed);
  for (const LayerWeights& layer : weights.layers) {
    for (const TensorView* tensor : {&layer.input_norm, &layer.q_bias, &layer.k_bias, &layer.v_bias,
                                     &layer.q_norm, &layer.k_norm, &layer.post_norm}) {
      add(*tensor);
    }
    for (const TensorView* matrix :
         {&layer.q, &layer.k, &layer.v, &layer.o, &layer.gate, &layer.up, &layer.down}) {
      add_matrix(*matrix);
    }
  }
  add(weights.final_norm);
  if (!config.tied_embeddings) add(weights.lm_head);
  const std::int64_t values = std::int64_t{2} * config.layers * config.kv_size();
  footprint.kv_bytes_per_token_f32 = 4 * values;
  footprint.kv_bytes_per_token_bf16 = 2 * values;
  footprint.kv_bytes_per_token_e4m3 = values;
  return footprint;
}

}  // namespace proctor::engine
