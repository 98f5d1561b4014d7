#include "backends/engine/checkpoint/config.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;
using nlohmann::json;

namespace {

constexpr const char* kQwen2 = R"({
  "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu",
  "vocab_size": 1000, "hidden_size": 96, "num_hidden_layers": 3, "num_attention_heads": 12,
  "num_key_value_heads": 2, "intermediate_size": 200, "max_position_embeddings": 4096,
  "rms_norm_eps": 1e-05, "rope_theta": 1000000.0, "sliding_window": 4096, "max_window_layers": 3,
  "use_sliding_window": false, "tie_word_embeddings": false, "eos_token_id": 7})";

constexpr const char* kLlama3Scaling =
    R"({"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
        "original_max_position_embeddings":8192})";

// The base with the fields of `patch` replaced; those that are "gone" there are removed.
std::string patched(const char* patch) {
  json config = json::parse(kQwen2);
  const json changes = json::parse(patch);
  for (const auto& [field, value] : changes.items()) {
    config[field] = value;
    if (value == "gone") config.erase(field);
  }
  return config.dump();
}

ModelConfig base() {
  const Result<CheckpointConfig> config = parse_config(kQwen2);
  return config->model;
}

ModelConfig with(void (*change)(ModelConfig&)) {
  ModelConfig config = base();
  change(config);
  return config;
}

void as_llama(ModelConfig& config) {
  config.architecture = Architecture::llama;
  config.qkv_bias = false;
}

void as_scaled(ModelConfig& config) { config.rope_scaling = Llama3Scaling{}; }

}  // namespace

TEST_CASE("a plain Qwen2 configuration is read") {
  const Result<CheckpointConfig> config = parse_config(kQwen2);
  REQUIRE(config);
  CHECK(config->model == ModelConfig{.architecture = Architecture::qwen2,
                                     .vocab_size = 1000,
                                     .hidden_size = 96,
                                     .layers = 3,
                                     .heads = 12,
                                     .kv_heads = 2,
                                     .head_dim = 8,
                                     .intermediate_size = 200,
                                     .max_context = 4096,
                                     .rms_norm_eps = 1e-5,
                                     .rope_theta = 1e6,
                                     .rope_scaling = std::nullopt,
                                     .tied_embeddings = false,
                                     .qkv_bias = true,
                                     .qk_norm = false});
  CHECK(config->eos_ids == std::vector<std::int32_t>{7});
  CHECK(!config->bos_id);
}

TEST_CASE("every way of writing a configuration means what transformers takes it for") {
  const std::string scaling = kLlama3Scaling;
  const std::string scaling_theta = scaling.substr(0, scaling.size() - 1) + R"(,"rope_theta":5e5})";
  struct Row {
    std::string patch;
    ModelConfig expected;
  };
  const Row kRows[] = {
      {R"({"rope_theta":10000})", with([](ModelConfig& c) { c.rope_theta = 10000; })},
      {R"({"rope_theta":"gone"})", with([](ModelConfig& c) { c.rope_theta = 10000; })},
      {R"({"rope_theta":"gone","rope_parameters":{"rope_theta":5e5,"rope_type":"default"}})",
       with([](ModelConfig& c) { c.rope_theta = 5e5; })},
      {R"({"rope_parameters":{"rope_theta":1000000,"rope_type":"default"}})", base()},
      {R"({"rope_scaling":null,"rope_parameters":null})", base()},
      {R"({"rope_scaling":{"type":"default"}})", base()},
      {R"({"rope_scaling":)" + scaling + "}", with(as_scaled)},
      {R"({"rope_scaling":{"type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,
                           "original_max_position_embeddings":8192}})",
       with(as_scaled)},
      {R"({"rope_theta":"gone","rope_parameters":)" + scaling_theta + "}", with([](ModelConfig& c) {
         c.rope_theta = 5e5;
         as_scaled(c);
       })},
      {R"({"head_dim":null})", base()},
      {R"({"head_dim":32})", with([](ModelConfig& c) { c.head_dim = 32; })},
      {R"({"head_dim":32,"hidden_size":97})", with([](ModelConfig& c) {
         c.head_dim = 32;
         c.hidden_size = 97;
       })},
      {R"({"num_key_value_heads":"gone"})", with([](ModelConfig& c) { c.kv_heads = 12; })},
      {R"({"num_key_value_heads":null})", with([](ModelConfig& c) { c.kv_heads = 12; })},
      {R"({"tie_word_embeddings":"gone"})", base()},
      {R"({"tie_word_embeddings":true})", with([](ModelConfig& c) { c.tied_embeddings = true; })},
      {R"({"rms_norm_eps":"gone"})", with([](ModelConfig& c) { c.rms_norm_eps = 1e-6; })},
      {R"({"hidden_act":"gone","model_type":"gone"})", base()},
      {R"({"sliding_window":null,"use_sliding_window":"gone"})", base()},
      {R"({"layer_types":["full_attention","full_attention","full_attention"]})", base()},
      {R"({"quantization_config":null})", base()},
      {R"({"quantization_config":{"quant_method":"fp8","fmt":"e4m3",
          "activation_scheme":"dynamic","weight_block_size":[128,128]}})",
       base()},
      {R"({"architectures":["LlamaForCausalLM"],"model_type":"llama"})", with(as_llama)},
      {R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","attention_bias":true})",
       with([](ModelConfig& c) { c.architecture = Architecture::llama; })},
      {R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","mlp_bias":false})",
       with(as_llama)},
      {R"({"architectures":["Qwen3ForCausalLM"],"model_type":"qwen3","head_dim":64})",
       with([](ModelConfig& c) {
         c.architecture = Architecture::qwen3;
         c.head_dim = 64;
         c.qkv_bias = false;
         c.qk_norm = true;
       })},
      {R"({"architectures":["Qwen3ForCausalLM"],"model_type":"qwen3","attention_bias":true})",
       with([](ModelConfig& c) {
         c.architecture = Architecture::qwen3;
         c.head_dim = 128;
         c.qk_norm = true;
       })},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.patch);
    const Result<CheckpointConfig> config = parse_config(patched(row.patch.c_str()));
    if (!config) FAIL_CHECK(config.error().message());
    if (config) CHECK(config->model == row.expected);
  }
}

TEST_CASE("what the engine would compute wrongly is refused by field") {
  struct Row {
    const char* patch;
    const char* complaint;
  };
  constexpr Row kRows[] = {
      {R"({"architectures":["MistralForCausalLM"]})", "found \"MistralForCausalLM\""},
      {R"({"architectures":"gone"})", "field \"architectures\""},
      {R"({"architectures":[]})", "found nothing"},
      {R"({"architectures":["Qwen2ForCausalLM","LlamaForCausalLM"]})", "and more"},
      {R"({"architectures":["Qwen2ForSequenceClassification"]})", "field \"architectures\""},
      {R"({"architectures":"Qwen2ForCausalLM"})", "field \"architectures\": expected a list"},
      {R"({"model_type":"llama"})", "field \"model_type\": \"llama\" contradicts"},
      {R"({"use_sliding_window":true})", "field \"use_sliding_window\""},
      {R"({"layer_types":["full_attention","sliding_attention"]})", "\"sliding_attention\""},
      {R"({"hidden_act":"gelu"})", "field \"hidden_act\": expected silu, found \"gelu\""},
      {R"({"mlp_bias":true})", "field \"mlp_bias\""},
      {R"({"quantization_config":{"quant_method":"gptq"}})", "(gptq)"},
      {R"({"quantization_config":{"quant_method":"fp8","fmt":"e5m2"}})", "found \"e5m2\""},
      {R"({"quantization_config":{"quant_method":"fp8","weight_block_size":[64,128]}})",
       "expected [128, 128]"},
      {R"({"quantization_config":{"quant_method":"fp8","activation_scheme":"static"}})",
       "expected dynamic"},
      {R"({"quantization_config":{}})", "(unnamed)"},
      {R"({"rope_scaling":{"rope_type":"yarn","factor":4.0}})", "\"yarn\" is not supported"},
      {R"({"rope_scaling":{"type":"linear","factor":2.0}})", "field \"type\": \"linear\""},
      {R"({"rope_scaling":{"rope_type":"dynamic"}})",
       "field \"rope_scaling\": field \"rope_type\""},
      {R"({"rope_scaling":{"rope_type":"llama3","factor":8}})", "field \"low_freq_factor\""},
      {R"({"rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":4,
                           "high_freq_factor":4,"original_max_position_embeddings":8192}})",
       "field \"high_freq_factor\""},
      {R"({"rope_scaling":{"rope_type":"llama3","factor":0.5,"low_freq_factor":1,
                           "high_freq_factor":4,"original_max_position_embeddings":8192}})",
       "field \"factor\""},
      {R"({"rope_scaling":"llama3"})", "field \"rope_scaling\": expected an object"},
      {R"({"rope_scaling":{"type":"default"},"rope_parameters":{"rope_theta":1e6}})",
       "contradicts rope_parameters"},
      {R"({"rope_parameters":{"rope_theta":10000}})", "contradicts the rope_theta outside"},
      {R"({"rope_theta":"1e6"})", "field \"rope_theta\""},
      {R"({"rope_theta":0})", "field \"rope_theta\""},
      {R"({"partial_rotary_factor":0.5})", "field \"partial_rotary_factor\""},
      {R"({"rope_parameters":{"partial_rotary_factor":0.5}})", "\"partial_rotary_factor\""},
      {R"({"rms_norm_eps":-1e-6})", "field \"rms_norm_eps\""},
      {R"({"vocab_size":"gone"})", "field \"vocab_size\": expected an integer of 1 to"},
      {R"({"vocab_size":0})", "field \"vocab_size\""},
      {R"({"vocab_size":-1})", "field \"vocab_size\""},
      {R"({"vocab_size":4294967297})", "field \"vocab_size\""},
      {R"({"vocab_size":18446744073709551615})", "field \"vocab_size\""},
      {R"({"vocab_size":1000.0})", "field \"vocab_size\""},
      {R"({"hidden_size":null})", "field \"hidden_size\""},
      {R"({"hidden_size":100})", "100 does not divide into 12 attention heads"},
      {R"({"hidden_size":2000000})", "field \"hidden_size\""},
      {R"({"num_hidden_layers":1000000})", "field \"num_hidden_layers\""},
      {R"({"num_attention_heads":0})", "field \"num_attention_heads\""},
      {R"({"num_key_value_heads":5})", "5 does not divide the 12 attention heads"},
      {R"({"num_key_value_heads":24})", "24 does not divide the 12 attention heads"},
      {R"({"num_key_value_heads":0})", "field \"num_key_value_heads\""},
      {R"({"head_dim":7})", "field \"head_dim\": expected an even number, found 7"},
      {R"({"head_dim":100000})", "field \"head_dim\""},
      {R"({"num_attention_heads":96,"num_key_value_heads":1})", "field \"head_dim\""},
      {R"({"intermediate_size":[1]})", "field \"intermediate_size\""},
      {R"({"max_position_embeddings":"gone"})", "field \"max_position_embeddings\""},
      {R"({"tie_word_embeddings":1})", "field \"tie_word_embeddings\""},
      {R"({"eos_token_id":-1})", "field \"eos_token_id\""},
      {R"({"bos_token_id":[1]})", "field \"bos_token_id\""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.patch);
    const Result<CheckpointConfig> config = parse_config(patched(row.patch));
    CHECK(!config);
    if (config) continue;
    CHECK(config.error().code() == ErrorCode::invalid_input);
    CAPTURE(config.error().message());
    CHECK(config.error().message().find(row.complaint) != std::string::npos);
  }
}

TEST_CASE("special ids are numbers or lists") {
  const Result<CheckpointConfig> config =
      parse_config(patched(R"({"eos_token_id":[128001,128008,128009],"bos_token_id":128000})"));
  REQUIRE(config);
  CHECK(config->eos_ids == std::vector<std::int32_t>{128001, 128008, 128009});
  CHECK(config->bos_id == 128000);
  const Result<CheckpointConfig> none = parse_config(patched(R"({"eos_token_id":null})"));
  REQUIRE(none);
  CHECK(none->eos_ids.empty());
}

TEST_CASE("the R1 distill's config.json is read") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs shared/data/tokenizers: it is missing");
  const Result<CheckpointConfig> config =
      parse_config(support::read_file(data / "tokenizers/deepseek-r1-qwen/config.32b.json"));
  REQUIRE(config);
  CHECK(config->model == ModelConfig{.architecture = Architecture::qwen2,
                                     .vocab_size = 152064,
                                     .hidden_size = 5120,
                                     .layers = 64,
                                     .heads = 40,
                                     .kv_heads = 8,
                                     .head_dim = 128,
                                     .intermediate_size = 27648,
                                     .max_context = 131072,
                                     .rms_norm_eps = 1e-5,
                                     .rope_theta = 1e6,
                                     .rope_scaling = std::nullopt,
                                     .tied_embeddings = false,
                                     .qkv_bias = true,
                                     .qk_norm = false});
  CHECK(config->eos_ids == std::vector<std::int32_t>{151643});
  CHECK(config->bos_id == 151643);
}
