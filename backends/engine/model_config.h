// The shape of a decoder-only transformer of the Qwen2, Qwen3 and Llama families: everything that a
// forward pass needs to know besides the weights.
#pragma once

#include <cstdint>
#include <optional>

namespace proctor::engine {

enum class Architecture { qwen2, qwen3, llama };

// Llama 3's stretching of the rotary frequencies (config.json, rope_type "llama3").
struct Llama3Scaling {
  double factor = 8;
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  int original_context = 8192;  // original_max_position_embeddings

  bool operator==(const Llama3Scaling&) const = default;
};

struct ModelConfig {
  Architecture architecture = Architecture::qwen2;
  int vocab_size = 0;  // rows of the embedding and output tables; may exceed the tokenizer's
  int hidden_size = 0;
  int layers = 0;
  int heads = 0;     // query heads
  int kv_heads = 0;  // divides heads
  int head_dim = 0;  // need not be hidden_size / heads
  int intermediate_size = 0;
  int max_context = 0;  // max_position_embeddings: prompt and new tokens together
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000;
  std::optional<Llama3Scaling> rope_scaling;
  bool tied_embeddings = false;  // the output table is the embedding table
  bool qkv_bias = false;         // biases on q, k and v
  bool qk_norm = false;          // Qwen3: RMSNorm over each head of q and k before the rotation

  int q_size() const { return heads * head_dim; }
  int kv_size() const { return kv_heads * head_dim; }

  bool operator==(const ModelConfig&) const = default;
};

}  // namespace proctor::engine
