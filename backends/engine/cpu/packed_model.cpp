#include "backends/engine/cpu/packed_model.h"

#include <string>
#include <utility>

namespace proctor::engine::cpu {
namespace {

std::vector<float> widened_vector(const TensorView& tensor) {
  std::vector<float> values(tensor.elements());
  if (tensor.present()) tensor.widen(0, values);
  return values;
}

PackedMatrix packed(const TensorView& tensor, Precision precision) {
  return PackedMatrix(std::span(&tensor, 1), precision);
}

std::vector<float> stacked_bias(const LayerWeights& layer) {
  std::vector<float> bias;
  for (const TensorView* part : {&layer.q_bias, &layer.k_bias, &layer.v_bias}) {
    const std::vector<float> values = widened_vector(*part);
    bias.insert(bias.end(), values.begin(), values.end());
  }
  return bias;
}

PackedLayer pack_layer(const LayerWeights& layer, Precision precision) {
  const TensorView qkv[] = {layer.q, layer.k, layer.v};
  return {.input_norm = widened_vector(layer.input_norm),
          .qkv = PackedMatrix(qkv, precision),
          .qkv_bias = stacked_bias(layer),
          .q_norm = widened_vector(layer.q_norm),
          .k_norm = widened_vector(layer.k_norm),
          .o = packed(layer.o, precision),
          .post_norm = widened_vector(layer.post_norm),
          .gate = packed(layer.gate, precision),
          .up = packed(layer.up, precision),
          .down = packed(layer.down, precision)};
}

// Whole vectors, and rotary halves that are whole vectors or smaller.
Result<void> check_sizes(const ModelConfig& config) {
  const std::pair<const char*, int> sizes[] = {{"hidden_size", config.hidden_size},
                                               {"head_dim", config.head_dim},
                                               {"intermediate_size", config.intermediate_size}};
  for (const auto& [name, size] : sizes) {
    if (size % static_cast<int>(kLanes) != 0) {
      return Error(ErrorCode::unavailable, std::string("the CPU device takes multiples of 16 as ") +
                                               name + ", not " + std::to_string(size));
    }
  }
  return {};
}

}  // namespace

Result<PackedModel> pack_model(const Checkpoint& checkpoint, Precision layers) {
  if (Result<void> taken = check_sizes(checkpoint.config()); !taken) return taken.error();
  const Weights& weights = checkpoint.weights();
  PackedModel model = {.config = checkpoint.config(),
                       .embed = weights.embed,
                       .layers = {},
                       .final_norm = widened_vector(weights.final_norm),
                       .lm_head = packed(weights.lm_head, Precision::full)};
  model.weight_bytes = model.lm_head.bytes();
  for (const LayerWeights& layer : weights.layers) {
    model.layers.push_back(pack_layer(layer, layers));
    const PackedLayer& packed_layer = model.layers.back();
    for (const PackedMatrix* matrix : {&packed_layer.qkv, &packed_layer.o, &packed_layer.gate,
                                       &packed_layer.up, &packed_layer.down}) {
      model.weight_bytes += matrix->bytes();
    }
  }
  return model;
}

}  // namespace proctor::engine::cpu
