#include "tests/backends/engine/support/synthetic_model.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "harness/core/check.h"

namespace proctor::engine::support {
namespace {

using nlohmann::json;

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
constexpr double kEmbedSpread = 0.005;  // small, so that a wrong rms_norm_eps is seen in bf16 too
constexpr double kLogitSpread = 3.5;
constexpr double kKeyBiasSpread = 3;  // Qwen2's key biases are as large
constexpr double kBiasSpread = 0.5;
constexpr double kNormSpread = 0.1;  // of the norm's own centre

using Specs = std::map<std::string, SyntheticTensor>;

SyntheticTensor norm(std::int64_t size, double center = 1) {
  return {{size}, center, center * kNormSpread};
}

// A matrix whose products keep the spread of its inputs, or divide it by `divisor`.
SyntheticTensor matrix(std::int64_t out, std::int64_t in, double divisor = 1) {
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

// What the deviates of a tensor begin with.
std::uint64_t key_of(std::uint64_t seed, std::string_view tensor) {
  return fnv1a(tensor) ^ seed * kGolden;
}

double deviate(std::uint64_t key, std::uint64_t index) {
  constexpr double kMean = 2 * 65535;                    // of the sum of four quarters
  constexpr double kPerSpread = 2.6428997921303014e-05;  // 1 / sqrt(4 (65536^2 - 1) / 12)
  std::uint64_t bits = key + (index + 1) * kGolden;
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBULL;
  bits ^= bits >> 31;
  const std::uint64_t sum =
      (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
  return (static_cast<double>(sum) - kMean) * kPerSpread;
}

template <class Element, class Rounding>
void fill(std::byte* out, std::uint64_t key, const SyntheticTensor& tensor, std::int64_t first,
          std::int64_t last, Rounding rounded) {
  for (auto i = static_cast<std::uint64_t>(first); i < static_cast<std::uint64_t>(last); ++i) {
    const double value = tensor.center + tensor.spread * deviate(key, i);
    const Element element = rounded(static_cast<float>(value));
    std::memcpy(out, &element, sizeof element);
    out += sizeof element;
  }
}

// A run of elements of one tensor, and where it goes.
struct Piece {
  std::uint64_t key = 0;
  const SyntheticTensor* tensor = nullptr;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::byte* out = nullptr;
};
constexpr std::int64_t kPieceElements = std::int64_t{1} << 20;

void fill(const Piece& piece, const SyntheticModel& model) {
  const auto [key, tensor, first, last, out] = piece;
  if (model.dtype == DType::bf16) {
    fill<std::uint16_t>(out, key, *tensor, first, last, bf16_bits);
  } else if (model.dtype == DType::f16) {
    fill<std::uint16_t>(out, key, *tensor, first, last, f16_bits);
  } else {
    fill<float>(out, key, *tensor, first, last, [](float value) { return value; });
  }
}

void fill_all(const std::vector<Piece>& pieces, const SyntheticModel& model) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < pieces.size(); i = next++) fill(pieces[i], model);
  };
  std::vector<std::jthread> helpers;
  const std::size_t most = std::max(std::thread::hardware_concurrency(), 1U);
  for (std::size_t i = 1; i < std::min(pieces.size() / 4, most); ++i) helpers.emplace_back(work);
  work();
}

std::string_view text_of(const SyntheticFile& file) {
  return {reinterpret_cast<const char*>(file.memory.get()), file.size};
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary);
  out << content;
  check(out.flush().good());
}

void write_weights(const std::filesystem::path& folder, const SyntheticModel& model) {
  const Specs specs = synthetic_tensors(model.config);
  if (model.shards == 1) {
    write_file(folder / "model.safetensors", text_of(synthetic_weights(specs, model)));
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
    write_file(folder / shard_name(i), text_of(synthetic_weights(shards[i], model)));
  }
  write_file(folder / "model.safetensors.index.json", index.dump(1));
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

std::int64_t SyntheticTensor::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return product;
}

double synthetic_deviate(std::uint64_t seed, std::string_view tensor, std::uint64_t index) {
  return deviate(key_of(seed, tensor), index);
}

std::map<std::string, SyntheticTensor> synthetic_tensors(const ModelConfig& config) {
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

SyntheticFile synthetic_weights(const std::map<std::string, SyntheticTensor>& tensors,
                                const SyntheticModel& model) {
  json header;
  std::size_t data = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = data;
    data += static_cast<std::size_t>(tensor.elements()) * size_of(model.dtype);
    header[name] = {
        {"dtype", name_of(model.dtype)}, {"shape", tensor.shape}, {"data_offsets", {begin, data}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  const std::size_t start = sizeof length + text.size();
  SyntheticFile file = {.memory = std::make_unique_for_overwrite<std::byte[]>(start + data),
                        .size = start + data};
  std::memcpy(file.memory.get(), &length, sizeof length);
  std::memcpy(file.memory.get() + sizeof length, text.data(), text.size());

  std::vector<Piece> pieces;
  std::byte* out = file.memory.get() + start;
  for (const auto& [name, tensor] : tensors) {
    const std::uint64_t key = key_of(model.seed, name);
    for (std::int64_t first = 0; first < tensor.elements(); first += kPieceElements) {
      const std::int64_t last = std::min(first + kPieceElements, tensor.elements());
      pieces.push_back({key, &tensor, first, last, out});
      out += static_cast<std::size_t>(last - first) * size_of(model.dtype);
    }
  }
  fill_all(pieces, model);
  return file;
}

std::string synthetic_config(const SyntheticModel& model) {
  const ModelConfig& config = model.config;
  const DType dtype = model.dtype;
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
  };
  if (model.ends) fields["eos_token_id"] = 1;
  if (config.rope_scaling) {
    fields["rope_scaling"] = {
        {"rope_type", "llama3"},
        {"factor", config.rope_scaling->factor},
        {"low_freq_factor", config.rope_scaling->low_freq_factor},
        {"high_freq_factor", config.rope_scaling->high_freq_factor},
        {"original_max_position_embeddings", config.rope_scaling->original_context}};
  }
  return fields.dump(1);
}

void write_synthetic(const std::filesystem::path& folder, const SyntheticModel& model) {
  check(model.shards >= 1);
  write_weights(folder, model);
  write_file(folder / "config.json", synthetic_config(model));
  json generation = {
      {"do_sample", true}, {"temperature", 0.6}, {"top_p", 0.95}, {"bos_token_id", 0}};
  if (model.ends) generation["eos_token_id"] = {2, 1};
  write_file(folder / "generation_config.json", generation.dump(1));
}

}  // namespace proctor::engine::support
