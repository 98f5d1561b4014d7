#include "backends/engine/checkpoint/kv_scales.h"

#include <cmath>
#include <cstddef>
#include <string>

#include "backends/engine/checkpoint/e4m3.h"

namespace proctor::engine {
namespace {

// For the roundings between the norm and the cache, and for weights that have been rounded to E4M3
// themselves, by a sixteenth at most.
constexpr double kSlack = 1.1;

std::vector<float> widened_vector(const TensorView& tensor) {
  std::vector<float> values(tensor.elements());
  tensor.widen(0, values);
  return values;
}

// Of each output of the projection, before any rotation.
std::vector<double> bounds_of(const TensorView& projection, const TensorView& bias,
                              const std::vector<float>& norm) {
  const std::size_t inputs = norm.size();
  std::vector<float> row(inputs);
  std::vector<double> bounds(projection.elements() / inputs);
  const std::vector<float> added =
      bias.present() ? widened_vector(bias) : std::vector<float>(bounds.size());
  for (std::size_t output = 0; output < bounds.size(); ++output) {
    projection.widen(output * inputs, row);
    double squares = 0;
    for (std::size_t i = 0; i < inputs; ++i) {
      const double weight = static_cast<double>(row[i]) * static_cast<double>(norm[i]);
      squares += weight * weight;
    }
    bounds[output] = std::sqrt(static_cast<double>(inputs) * squares) +
                     std::fabs(static_cast<double>(added[output]));
  }
  return bounds;
}

// A head that is normed has |n|^2 <= head_dim, whatever was projected.
void bound_by_norm(std::vector<double>& bounds, const std::vector<float>& norm) {
  const double largest = std::sqrt(static_cast<double>(norm.size()));
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    // What is no number before the norm is none after it.
    if (!std::isfinite(bounds[i])) continue;
    bounds[i] = largest * std::fabs(static_cast<double>(norm[i % norm.size()]));
  }
}

// Turning two channels leaves the length of their pair as it is.
void bound_turned(std::vector<double>& bounds, std::size_t head_dim) {
  for (std::size_t head = 0; head < bounds.size(); head += head_dim) {
    for (std::size_t i = head; i < head + head_dim / 2; ++i) {
      const double length = std::hypot(bounds[i], bounds[i + head_dim / 2]);
      bounds[i] = bounds[i + head_dim / 2] = length;
    }
  }
}

Result<std::vector<float>> scales_of(const std::vector<double>& bounds) {
  std::vector<float> scales;
  for (const double bound : bounds) {
    if (!(bound * kSlack <= kLargestE4m3Bound)) {
      return Error(ErrorCode::corrupt,
                   "the model's keys and values cannot be bounded for a cache "
                   "in fp8: damaged weights?");
    }
    scales.push_back(e4m3_scale(bound * kSlack));
  }
  return scales;
}

}  // namespace

Result<std::vector<KvScales>> kv_scales(const ModelConfig& config, const Weights& weights) {
  std::vector<KvScales> all;
  for (std::size_t layer = 0; layer < weights.layers.size(); ++layer) {
    const LayerWeights& of = weights.layers[layer];
    const std::vector<float> norm = widened_vector(of.input_norm);
    std::vector<double> keys = bounds_of(of.k, of.k_bias, norm);
    if (of.k_norm.present()) bound_by_norm(keys, widened_vector(of.k_norm));
    bound_turned(keys, static_cast<std::size_t>(config.head_dim));
    Result<std::vector<float>> key_scales = scales_of(keys);
    Result<std::vector<float>> value_scales = scales_of(bounds_of(of.v, of.v_bias, norm));
    for (const Result<std::vector<float>>* scales : {&key_scales, &value_scales}) {
      if (!*scales) return scales->error().within("layer " + std::to_string(layer));
    }
    all.push_back({std::move(*key_scales), std::move(*value_scales)});
  }
  return all;
}

}  // namespace proctor::engine
