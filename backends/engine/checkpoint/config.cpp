#include "backends/engine/checkpoint/config.h"

#include <limits>
#include <string>
#include <utility>

#include "backends/engine/checkpoint/json_fields.h"
#include "backends/engine/checkpoint/weights.h"

namespace proctor::engine {
namespace {

// Far above any model and far below what would overflow an int once multiplied as the engine does.
constexpr std::int64_t kLargestTable = (1 << 24) - 1;
constexpr std::int64_t kLargestWidth = 1 << 20;
constexpr std::int64_t kMostLayers = 4096;
constexpr std::int64_t kMostHeads = 4096;
constexpr std::int64_t kLargestHead = 1024;
constexpr std::int64_t kLongestContext = 1 << 30;
constexpr std::int64_t kLargestId = std::numeric_limits<std::int32_t>::max();

struct ArchitectureEntry {
  Architecture architecture;
  std::string_view class_name;  // an item of "architectures"
  std::string_view model_type;
};

constexpr ArchitectureEntry kArchitectures[] = {
    {Architecture::qwen2, "Qwen2ForCausalLM", "qwen2"},
    {Architecture::qwen3, "Qwen3ForCausalLM", "qwen3"},
    {Architecture::llama, "LlamaForCausalLM", "llama"},
};

int required_size(JsonFields& fields, std::string_view field, std::int64_t most) {
  return static_cast<int>(fields.required_integer(field, 1, most));
}

void read_architecture(JsonFields& fields, ModelConfig& model) {
  const std::vector<std::string> classes = fields.texts("architectures");
  const std::string found = classes.size() == 1 ? classes.front() : std::string();
  const std::string type = fields.text("model_type").value_or(std::string());
  for (const ArchitectureEntry& entry : kArchitectures) {
    if (entry.class_name != found) continue;
    model.architecture = entry.architecture;
    if (type.empty() || type == entry.model_type) return;
    fields.fail("model_type", "\"" + type + "\" contradicts the architecture " + found);
  }
  fields.fail("architectures",
              "expected Qwen2ForCausalLM, Qwen3ForCausalLM or LlamaForCausalLM alone, found " +
                  (classes.empty() ? std::string("nothing") : "\"" + classes.front() + "\"") +
                  (classes.size() > 1 ? " and more" : ""));
}

// Weights in E4M3 with scales, as DeepSeek and Qwen publish them; which matrices are, their types
// say. Activations stay as they are: rounding them as well is for the tensor cores' sake.
void check_quantisation(JsonFields& fields) {
  std::optional<JsonFields> quantisation = fields.object("quantization_config");
  if (!quantisation) return;
  const std::string method = quantisation->text("quant_method").value_or("unnamed");
  if (method != "fp8") {
    fields.fail("quantization_config", "quantised weights (" + method + ") are not supported");
  }
  const std::string format = quantisation->text("fmt").value_or("e4m3");
  if (format != "e4m3") quantisation->fail("fmt", "expected e4m3, found \"" + format + "\"");
  const std::vector<std::int64_t> block = quantisation->integers("weight_block_size");
  if (!block.empty() && block != std::vector<std::int64_t>{kScaleBlock, kScaleBlock}) {
    quantisation->fail("weight_block_size", "expected [128, 128]");
  }
  const std::string activations = quantisation->text("activation_scheme").value_or("dynamic");
  if (activations != "dynamic") {
    quantisation->fail("activation_scheme", "expected dynamic, found \"" + activations + "\"");
  }
  fields.finish_inner("quantization_config", *quantisation);
}

void refuse_sliding_windows(JsonFields& fields) {
  // `sliding_window` and `max_window_layers` mean nothing while this is false, and usually are set.
  if (fields.boolean("use_sliding_window").value_or(false)) {
    fields.fail("use_sliding_window", "sliding windows are not supported");
  }
  for (const std::string& kind : fields.texts("layer_types")) {
    if (kind == "full_attention") continue;
    fields.fail("layer_types", "\"" + kind + "\" is not supported");
  }
}

void refuse_other_blocks(JsonFields& fields) {
  const std::string activation = fields.text("hidden_act").value_or("silu");
  if (activation != "silu") {
    fields.fail("hidden_act", "expected silu, found \"" + activation + "\"");
  }
  if (fields.boolean("mlp_bias").value_or(false)) {
    fields.fail("mlp_bias", "biases in the MLP are not supported");
  }
}

void read_sizes(JsonFields& fields, ModelConfig& model) {
  model.vocab_size = required_size(fields, "vocab_size", kLargestTable);
  model.hidden_size = required_size(fields, "hidden_size", kLargestWidth);
  model.layers = required_size(fields, "num_hidden_layers", kMostLayers);
  model.heads = required_size(fields, "num_attention_heads", kMostHeads);
  model.intermediate_size = required_size(fields, "intermediate_size", kLargestTable);
  model.max_context = required_size(fields, "max_position_embeddings", kLongestContext);
  model.kv_heads =
      static_cast<int>(fields.integer("num_key_value_heads", 1, kMostHeads).value_or(model.heads));
  if (model.kv_heads > 0 && model.heads % model.kv_heads != 0) {
    fields.fail("num_key_value_heads", std::to_string(model.kv_heads) + " does not divide the " +
                                           std::to_string(model.heads) + " attention heads");
  }
}

void read_head_dim(JsonFields& fields, ModelConfig& model) {
  const std::optional<std::int64_t> given = fields.integer("head_dim", 2, kLargestHead);
  if (given) {
    model.head_dim = static_cast<int>(*given);
  } else if (model.architecture == Architecture::qwen3) {
    model.head_dim = 128;  // the default of transformers' Qwen3Config; the others have a rule
  } else if (model.heads > 0) {
    model.head_dim = model.hidden_size / model.heads;
    if (model.hidden_size % model.heads != 0 || model.head_dim > kLargestHead) {
      fields.fail("hidden_size", std::to_string(model.hidden_size) + " does not divide into " +
                                     std::to_string(model.heads) + " attention heads");
    }
  }
  if (model.head_dim % 2 != 0 || model.head_dim == 0) {
    fields.fail("head_dim", "expected an even number, found " + std::to_string(model.head_dim));
  }
}

Llama3Scaling read_llama3_scaling(JsonFields& fields) {
  Llama3Scaling scaling;
  scaling.factor = fields.required_number("factor", 1, 1e6);
  scaling.low_freq_factor = fields.required_number("low_freq_factor", 1e-6, 1e6);
  scaling.high_freq_factor = fields.required_number("high_freq_factor", 1e-6, 1e6);
  scaling.original_context = static_cast<int>(
      fields.required_integer("original_max_position_embeddings", 1, kLongestContext));
  if (scaling.high_freq_factor <= scaling.low_freq_factor) {
    fields.fail("high_freq_factor", "expected more than low_freq_factor");
  }
  return scaling;
}

std::optional<double> read_theta(JsonFields& fields) {
  return fields.number("rope_theta", 1, 1e12);
}

// What `rope_scaling` (transformers 4, where the type is also called "type") and `rope_parameters`
// (transformers 5, which has rope_theta in it too) say.
void read_rotary_object(JsonFields& fields, ModelConfig& model) {
  const std::string key = fields.has("rope_type") ? "rope_type" : "type";
  const std::string type = fields.text(key).value_or("default");
  if (type == "llama3") {
    model.rope_scaling = read_llama3_scaling(fields);
  } else if (type != "default") {
    fields.fail(key, "\"" + type + "\" is not supported, only llama3 and default");
  }
  if (fields.number("partial_rotary_factor", 0, 1).value_or(1) != 1) {
    fields.fail("partial_rotary_factor", "expected 1");
  }
}

void read_rotary(JsonFields& fields, ModelConfig& model) {
  std::optional<double> theta = read_theta(fields);
  if (fields.has("rope_scaling") && fields.has("rope_parameters")) {
    fields.fail("rope_scaling", "contradicts rope_parameters, which is there too");
  }
  for (const char* name : {"rope_scaling", "rope_parameters"}) {
    std::optional<JsonFields> inner = fields.object(name);
    if (!inner) continue;
    read_rotary_object(*inner, model);
    const std::optional<double> inner_theta = read_theta(*inner);
    if (theta && inner_theta && *theta != *inner_theta) {
      inner->fail("rope_theta", "contradicts the rope_theta outside");
    }
    if (inner_theta) theta = inner_theta;
    fields.finish_inner(name, *inner);
  }
  if (fields.number("partial_rotary_factor", 0, 1).value_or(1) != 1) {
    fields.fail("partial_rotary_factor", "expected 1");
  }
  model.rope_theta = theta.value_or(10000);  // transformers' default for all three
}

void read_options(JsonFields& fields, ModelConfig& model) {
  model.rms_norm_eps = fields.number("rms_norm_eps", 0, 1).value_or(1e-6);
  model.tied_embeddings = fields.boolean("tie_word_embeddings").value_or(false);
  // Qwen2's biases are not optional. For the others the flag also stands for a bias on o_proj,
  // which is refused by name where the weights are bound.
  const bool biased = fields.boolean("attention_bias").value_or(false);
  model.qkv_bias = model.architecture == Architecture::qwen2 || biased;
  model.qk_norm = model.architecture == Architecture::qwen3;
}

void read_special_ids(JsonFields& fields, CheckpointConfig& config) {
  for (const std::int64_t id : fields.integer_or_integers("eos_token_id", 0, kLargestId)) {
    config.eos_ids.push_back(static_cast<std::int32_t>(id));
  }
  if (const auto id = fields.integer("bos_token_id", 0, kLargestId)) {
    config.bos_id = static_cast<std::int32_t>(*id);
  }
}

}  // namespace

Result<CheckpointConfig> parse_config(std::string_view json) {
  Result<JsonFields> fields = JsonFields::parse(json);
  if (!fields) return fields.error();
  CheckpointConfig config;
  read_architecture(*fields, config.model);
  check_quantisation(*fields);
  refuse_sliding_windows(*fields);
  refuse_other_blocks(*fields);
  read_sizes(*fields, config.model);
  read_head_dim(*fields, config.model);
  read_rotary(*fields, config.model);
  read_options(*fields, config.model);
  read_special_ids(*fields, config);
  if (Result<void> read = fields->finish(); !read) return read.error();
  return config;
}

}  // namespace proctor::engine
