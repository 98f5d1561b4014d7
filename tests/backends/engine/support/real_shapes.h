// Shapes of models that people evaluate, for weights that are made up: as their config.json has
// them, but for a context of 40,960.
#pragma once

#include <optional>
#include <string_view>

#include "backends/engine/model_config.h"
#include "harness/core/check.h"

namespace proctor::engine::support {

struct RealShape {
  std::string_view name;
  ModelConfig config;
};

inline constexpr RealShape kRealShapes[] = {
    {"qwen2-1.5b",  // R1-Distill-Qwen 1.5B
     {.architecture = Architecture::qwen2,
      .vocab_size = 151'936,
      .hidden_size = 1536,
      .layers = 28,
      .heads = 12,
      .kv_heads = 2,
      .head_dim = 128,
      .intermediate_size = 8960,
      .max_context = 40'960,
      .rope_scaling = std::nullopt,
      .qkv_bias = true}},
    {"qwen2-7b",  // R1-Distill-Qwen 7B
     {.architecture = Architecture::qwen2,
      .vocab_size = 152'064,
      .hidden_size = 3584,
      .layers = 28,
      .heads = 28,
      .kv_heads = 4,
      .head_dim = 128,
      .intermediate_size = 18'944,
      .max_context = 40'960,
      .rope_scaling = std::nullopt,
      .qkv_bias = true}},
    {"llama-8b",  // R1-Distill-Llama 8B
     {.architecture = Architecture::llama,
      .vocab_size = 128'256,
      .hidden_size = 4096,
      .layers = 32,
      .heads = 32,
      .kv_heads = 8,
      .head_dim = 128,
      .intermediate_size = 14'336,
      .max_context = 40'960,
      .rms_norm_eps = 1e-5,
      .rope_theta = 500'000,
      .rope_scaling = Llama3Scaling{}}},
    {"qwen3-8b",
     {.architecture = Architecture::qwen3,
      .vocab_size = 151'936,
      .hidden_size = 4096,
      .layers = 36,
      .heads = 32,
      .kv_heads = 8,
      .head_dim = 128,
      .intermediate_size = 12'288,
      .max_context = 40'960,
      .rope_theta = 1'000'000,
      .rope_scaling = std::nullopt,
      .qk_norm = true}},
};

// `name` is one of them.
inline const ModelConfig& real_shape(std::string_view name) {
  for (const RealShape& shape : kRealShapes) {
    if (shape.name == name) return shape.config;
  }
  check(false);
  return kRealShapes[0].config;
}

}  // namespace proctor::engine::support
