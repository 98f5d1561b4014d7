#include "backends/engine/checkpoint/kv_scales.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "backends/engine/checkpoint/e4m3.h"
#include "tests/backends/engine/support/reference_model.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

std::vector<KvScales> scales_of(const Checkpoint& checkpoint) {
  Result<std::vector<KvScales>> scales = kv_scales(checkpoint.config(), checkpoint.weights());
  REQUIRE(scales);
  return std::move(*scales);
}

std::vector<float> widened(const TensorView& tensor) {
  std::vector<float> values(tensor.elements());
  tensor.widen(0, values);
  return values;
}

bool is_power_of_two(float value) {
  int exponent = 0;
  return std::frexp(value, &exponent) == 0.5F;
}

// The output of a projection for the vector after an RMSNorm that makes it largest.
double largest_output(const TensorView& projection, const TensorView& bias,
                      const std::vector<float>& norm, std::size_t output) {
  const std::vector<float> weights = widened(projection);
  double squares = 0;
  for (std::size_t i = 0; i < norm.size(); ++i) {
    squares += std::pow(
        static_cast<double>(weights[output * norm.size() + i]) * static_cast<double>(norm[i]), 2);
  }
  double sum = bias.present() ? std::fabs(static_cast<double>(widened(bias)[output])) : 0;
  // Along the weights themselves, with a length of sqrt(hidden).
  for (std::size_t i = 0; i < norm.size(); ++i) {
    const double weight =
        static_cast<double>(weights[output * norm.size() + i]) * static_cast<double>(norm[i]);
    sum += weight * weight / std::sqrt(squares) * std::sqrt(static_cast<double>(norm.size()));
  }
  return sum;
}

}  // namespace

TEST_CASE("the value that the worst vector makes fits and would not fit the scale below by much") {
  for (const Architecture architecture : {Architecture::qwen2, Architecture::llama}) {
    const SyntheticCheckpoint model({.config = small_config(architecture)});
    const std::vector<KvScales> scales = scales_of(model.checkpoint);
    REQUIRE(scales.size() == model.checkpoint.weights().layers.size());
    for (std::size_t layer = 0; layer < scales.size(); ++layer) {
      const LayerWeights& of = model.checkpoint.weights().layers[layer];
      REQUIRE(scales[layer].values.size() ==
              static_cast<std::size_t>(model.checkpoint.config().kv_size()));
      for (std::size_t output = 0; output < scales[layer].values.size(); ++output) {
        const float scale = scales[layer].values[output];
        const double largest = largest_output(of.v, of.v_bias, widened(of.input_norm), output);
        CHECK(is_power_of_two(scale));
        CHECK(largest <= static_cast<double>(scale) * 448);
        CHECK(largest * 1.11 > static_cast<double>(scale) * 224);
      }
    }
  }
}

TEST_CASE("the keys of a turned pair share a scale that holds both in every direction") {
  for (const Architecture architecture :
       {Architecture::qwen2, Architecture::qwen3, Architecture::llama}) {
    CAPTURE(static_cast<int>(architecture));
    const SyntheticCheckpoint model({.config = small_config(architecture)});
    const ModelConfig& config = model.checkpoint.config();
    const auto half = static_cast<std::size_t>(config.head_dim) / 2;
    const LayerWeights& of = model.checkpoint.weights().layers.front();
    const std::vector<float> scales = scales_of(model.checkpoint).front().keys;
    for (std::size_t i = 0; i < scales.size(); ++i) {
      if (i % (2 * half) >= half) continue;
      CHECK(is_power_of_two(scales[i]));
      CHECK(scales[i] == scales[i + half]);
      // Before the norm of the heads the projection says nothing.
      if (config.qk_norm) continue;
      const std::vector<float> norm = widened(of.input_norm);
      const double pair = std::hypot(largest_output(of.k, of.k_bias, norm, i),
                                     largest_output(of.k, of.k_bias, norm, i + half));
      CHECK(pair <= static_cast<double>(scales[i]) * 448);
      CHECK(pair * 1.11 > static_cast<double>(scales[i]) * 224);
    }
    if (!config.qk_norm) continue;
    const std::vector<float> norm = widened(of.k_norm);
    const double length = std::sqrt(static_cast<double>(config.head_dim));
    for (std::size_t i = 0; i < half; ++i) {
      const double pair =
          length * std::hypot(static_cast<double>(norm[i]), static_cast<double>(norm[i + half]));
      CHECK(pair <= static_cast<double>(scales[i]) * 448);
      CHECK(pair * 1.11 > static_cast<double>(scales[i]) * 224);
    }
  }
}

TEST_CASE("weights that are no numbers have no scales and name their layer") {
  const SyntheticCheckpoint model({.config = small_config(Architecture::qwen2)});
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Weights weights = model.checkpoint.weights();
    std::vector<float> values = widened(weights.layers[1].v);
    values[77] = odd;
    weights.layers[1].v.dtype = DType::f32;
    weights.layers[1].v.data = std::as_bytes(std::span(values));
    const Result<std::vector<KvScales>> scales = kv_scales(model.checkpoint.config(), weights);
    REQUIRE(!scales);
    CHECK(scales.error().code() == ErrorCode::corrupt);
    CHECK(scales.error().message().find("layer 1") != std::string::npos);
  }
}
