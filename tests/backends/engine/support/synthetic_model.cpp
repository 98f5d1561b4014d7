#include "tests/backends/engine/support/synthetic_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/core/check.h"

namespace proctor::engine::support {
namespace {

using nlohmann::json;

constexpr double kEmbedSpread = 0.005;  // small, so that a wrong rms_norm_eps is seen in bf16 too
constexpr double kLogitSpread = 3.5;
constexpr double kKeyBiasSpread = 3;  // Qwen2's key biases are as large
constexpr double kBiasSpread = 0.5;
constexpr double kNormSpread = 0.1;  // of the norm's own centre

struct Spec {
  std::vector<std::int64_t> shape;
  double center = 0;
  double spread = 0;

  std::int64_t elements() const {
    std::int64_t product = 1;
    for (const std::int64_t size : shape) product *= size;
    return product;
  }
};

using Specs = std::map<std::string, Spec>;

Spec norm(std::int64_t size, double center = 1) { return {{size}, center, center * kNormSpread}; }

// A matrix whose products keep the spread of its inputs, or divide it by `divisor`.
Spec matrix(std::int64_t out, std::int64_t in, double divisor = 1) {
  return {{out, in}, 0, 1 / std::sqrt(static_cast<double>(in)) / divisor};
}

void add_layer(const ModelConfig& config, int layer, Specs& specs) {
  const std::string base = "model.layers." + std::to_string(layer) + ".";
  const std::string attention = base + "self_attn.";
  const double depth = std::sqrt(2.0 * config.layers);
  specs[base + "input_layernorm.weight"] = norm(config.hidden_size);
  specs[base + "post_attention_layernorm.weight"] = norm(config.hidden_size);
  specs[attention + "q_proj.weight"] = matrix(config.q_size(), config.hidden_size);
  specs[attention + "k_proj.weight"] = matrix(config.kv_size(), config.hidden_size);
  specs[attention + "v_proj.weight"] = matrix(config.kv_size(), config.hidden_size);
  specs[attention + "o_proj.weight"] = matrix(config.hidden_size, config.q_size(), depth);
  specs[base + "mlp.gate_proj.weight"] = matrix(config.intermediate_size, config.hidden_size);
  specs[base + "mlp.up_proj.weight"] = matrix(config.intermediate_size, config.hidden_size);
  specs[base + "mlp.down_proj.weight"] =
      matrix(config.hidden_size, config.intermediate_size, depth);
  if (config.qkv_bias) {
    specs[attention + "q_proj.bias"] = {{config.q_size()}, 0, kBiasSpread};
    specs[attention + "k_proj.bias"] = {{config.kv_size()}, 0, kKeyBiasSpread};
    specs[attention + "v_proj.bias"] = {{config.kv_size()}, 0, kBiasSpread};
  }
  if (config.qk_norm) {
    specs[attention + "q_norm.weight"] = norm(config.head_dim);
    specs[attention + "k_norm.weight"] = norm(config.head_dim);
  }
}

Specs specs_of(const ModelConfig& config) {
  Specs specs;
  const std::int64_t hidden = config.hidden_size;
  const double width = std::sqrt(static_cast<double>(hidden));
  specs["model.embed_tokens.weight"] = {{config.vocab_size, hidden}, 0, kEmbedSpread};
  for (int layer = 0; layer < config.layers; ++layer) add_layer(config, layer, specs);
  if (config.tied_embeddings) {
    specs["model.norm.weight"] = norm(hidden, kLogitSpread / (kEmbedSpread * width));
  } else {
    specs["model.norm.weight"] = norm(hidden);
    specs["lm_head.weight"] = {{config.vocab_size, hidden}, 0, kLogitSpread / width};
  }
  return specs;
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

// Rounded to nearest, ties to even. Numbers that matter here are finite.
std::uint16_t bf16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

std::uint16_t f16_bits(float value) {
  const float magnitude = std::fabs(value);
  check(magnitude < 65504);
  const int sign = std::signbit(value) ? 0x8000 : 0;
  const int exponent = std::max(magnitude == 0 ? -14 : std::ilogb(magnitude), -14);
  // In units of the last place. A carry out of the fraction lands in the exponent, as it should.
  const auto units = static_cast<int>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
  return static_cast<std::uint16_t>(sign + (exponent + 14) * 1024 + units);
}

void append_element(float value, DType dtype, std::string& out) {
  char bytes[4];
  const std::uint16_t half = dtype == DType::bf16  ? bf16_bits(value)
                             : dtype == DType::f16 ? f16_bits(value)
                                                   : std::uint16_t{0};
  if (dtype == DType::f32) {
    std::memcpy(bytes, &value, sizeof value);
  } else {
    std::memcpy(bytes, &half, sizeof half);
  }
  out.append(bytes, size_of(dtype));
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary);
  out << content;
  check(out.flush().good());
}

std::string image_of(const Specs& specs, const SyntheticModel& model) {
  json header;
  std::string data;
  for (const auto& [name, spec] : specs) {
    const std::size_t begin = data.size();
    for (std::int64_t i = 0; i < spec.elements(); ++i) {
      const double deviate = synthetic_deviate(model.seed, name, static_cast<std::uint64_t>(i));
      const double value = spec.center + spec.spread * deviate;
      append_element(static_cast<float>(value), model.dtype, data);
    }
    header[name] = {{"dtype", name_of(model.dtype)},
                    {"shape", spec.shape},
                    {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::string image(sizeof length, '\0');
  std::memcpy(image.data(), &length, sizeof length);
  return image + text + data;
}

void write_weights(const std::filesystem::path& folder, const SyntheticModel& model) {
  const Specs specs = specs_of(model.config);
  if (model.shards == 1) {
    write_file(folder / "model.safetensors", image_of(specs, model));
    return;
  }
  std::vector<Specs> shards(static_cast<std::size_t>(model.shards));
  json index = {{"metadata", json::object()}, {"weight_map", json::object()}};
  const auto shard_name = [&](std::size_t i) {
    return "model-" + std::to_string(i + 1) + "-of-" + std::to_string(shards.size()) +
           ".safetensors";
  };
  std::size_t next = 0;
  for (const auto& [name, spec] : specs) {
    index["weight_map"][name] = shard_name(next);
    shards[next][name] = spec;
    next = (next + 1) % shards.size();
  }
  for (std::size_t i = 0; i < shards.size(); ++i) {
    write_file(folder / shard_name(i), image_of(shards[i], model));
  }
  write_file(folder / "model.safetensors.index.json", index.dump(1));
}

json config_json(const ModelConfig& config, DType dtype) {
  const bool qwen2 = config.architecture == Architecture::qwen2;
  const bool qwen3 = config.architecture == Architecture::qwen3;
  json fields = {
      {"architectures",
       {qwen2   ? "Qwen2ForCausalLM"
        : qwen3 ? "Qwen3ForCausalLM"
                : "LlamaForCausalLM"}},
      {"model_type", qwen2   ? "qwen2"
                     : qwen3 ? "qwen3"
                             : "llama"},
      {"vocab_size", config.vocab_size},
      {"hidden_size", config.hidden_size},
      {"num_hidden_layers", config.layers},
      {"num_attention_heads", config.heads},
      {"num_key_value_heads", config.kv_heads},
      {"head_dim", config.head_dim},
      {"intermediate_size", config.intermediate_size},
      {"max_position_embeddings", config.max_context},
      {"rms_norm_eps", config.rms_norm_eps},
      {"rope_theta", config.rope_theta},
      {"rope_scaling", nullptr},
      {"hidden_act", "silu"},
      {"attention_bias", !qwen2 && config.qkv_bias},
      {"tie_word_embeddings", config.tied_embeddings},
      {"torch_dtype", dtype == DType::f32    ? "float32"
                      : dtype == DType::bf16 ? "bfloat16"
                                             : "float16"},
      {"eos_token_id", 1},
  };
  if (config.rope_scaling) {
    fields["rope_scaling"] = {
        {"rope_type", "llama3"},
        {"factor", config.rope_scaling->factor},
        {"low_freq_factor", config.rope_scaling->low_freq_factor},
        {"high_freq_factor", config.rope_scaling->high_freq_factor},
        {"original_max_position_embeddings", config.rope_scaling->original_context}};
  }
  return fields;
}

}  // namespace

ModelConfig small_config(Architecture architecture) {
  ModelConfig config{.architecture = architecture,
                     .vocab_size = 320,
                     .hidden_size = 64,
                     .layers = 2,
                     .heads = 4,
                     .kv_heads = 2,
                     .head_dim = 16,
                     .intermediate_size = 160,
                     .max_context = 4096,
                     .rope_scaling = std::nullopt};
  switch (architecture) {
    case Architecture::qwen2:
      config.qkv_bias = true;
      break;
    case Architecture::qwen3:
      config.qk_norm = true;
      config.head_dim = 32;
      config.rope_theta = 1e6;
      break;
    case Architecture::llama:
      config.heads = 8;
      config.head_dim = 16;
      config.rms_norm_eps = 1e-5;
      config.rope_theta = 500000;
      config.rope_scaling = Llama3Scaling{.original_context = 64};
      break;
  }
  return config;
}

double synthetic_deviate(std::uint64_t seed, std::string_view tensor, std::uint64_t index) {
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
  constexpr double kMean = 2 * 65535;                    // of the sum of four quarters
  constexpr double kPerSpread = 2.6428997921303014e-05;  // 1 / sqrt(4 (65536^2 - 1) / 12)
  std::uint64_t bits = (fnv1a(tensor) ^ seed * kGolden) + (index + 1) * kGolden;
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBULL;
  bits ^= bits >> 31;
  std::uint64_t sum = 0;
  for (int quarter = 0; quarter < 4; ++quarter) sum += bits >> (16 * quarter) & 0xFFFF;
  return (static_cast<double>(sum) - kMean) * kPerSpread;
}

void write_synthetic(const std::filesystem::path& folder, const SyntheticModel& model) {
  check(model.shards >= 1);
  write_weights(folder, model);
  write_file(folder / "config.json", config_json(model.config, model.dtype).dump(1));
  write_file(folder / "generation_config.json", json({{"do_sample", true},
                                                      {"temperature", 0.6},
                                                      {"top_p", 0.95},
                                                      {"bos_token_id", 0},
                                                      {"eos_token_id", {2, 1}}})
                                                    .dump(1));
}

}  // namespace proctor::engine::support
