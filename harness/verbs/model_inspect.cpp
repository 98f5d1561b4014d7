// What `proctor model inspect` prints: what one looks for before running a checkpoint.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/files/json_text.h"
#include "harness/verbs/model.h"

namespace proctor::harness {
namespace {

using engine::Architecture;
using engine::GenerationConfig;
using engine::Model;
using engine::ModelConfig;
using nlohmann::ordered_json;

std::string_view name_of(Architecture architecture) {
  switch (architecture) {
    case Architecture::qwen2:
      return "Qwen2";
    case Architecture::qwen3:
      return "Qwen3";
    case Architecture::llama:
      return "Llama";
  }
  return "";
}

template <class Value>
ordered_json json_or_null(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json config_json(const ModelConfig& config) {
  ordered_json scaling = nullptr;
  if (config.rope_scaling) {
    scaling = {{"type", "llama3"},
               {"factor", config.rope_scaling->factor},
               {"low_freq_factor", config.rope_scaling->low_freq_factor},
               {"high_freq_factor", config.rope_scaling->high_freq_factor},
               {"original_context", config.rope_scaling->original_context}};
  }
  return {{"name", name_of(config.architecture)},
          {"layers", config.layers},
          {"hidden_size", config.hidden_size},
          {"heads", config.heads},
          {"kv_heads", config.kv_heads},
          {"head_dim", config.head_dim},
          {"intermediate_size", config.intermediate_size},
          {"vocab_size", config.vocab_size},
          {"max_context", config.max_context},
          {"rms_norm_eps", config.rms_norm_eps},
          {"rope_theta", config.rope_theta},
          {"rope_scaling", std::move(scaling)},
          {"tied_embeddings", config.tied_embeddings},
          {"qkv_bias", config.qkv_bias},
          {"qk_norm", config.qk_norm}};
}

ordered_json stop_tokens_json(const Model& model) {
  ordered_json tokens = ordered_json::array();
  for (const std::int32_t id : model.stop_tokens()) {
    tokens.push_back({{"id", id}, {"text", std::string(model.tokenizer().token_bytes(id))}});
  }
  return tokens;
}

ordered_json template_json(const Model& model) {
  if (!model.chat_template()) return nullptr;
  const Result<std::string> prompt =
      model.chat_template()->render({{.role = "user", .content = "QUESTION"}});
  return {{"sha256", model.chat_template()->sha256()},
          {"rendered", prompt ? ordered_json(*prompt) : ordered_json(nullptr)},
          {"error", prompt ? ordered_json(nullptr) : ordered_json(prompt.error().message())}};
}

ordered_json model_json(const std::string& name, const Model& model) {
  const engine::Footprint footprint = model.checkpoint().footprint();
  const GenerationConfig& generation = model.checkpoint().generation();
  return {{"model", name},
          {"identity", model.identity()},
          {"architecture", config_json(model.checkpoint().config())},
          {"parameters", footprint.parameters},
          {"weight_bytes", footprint.weight_bytes},
          {"weight_bytes_fp8", footprint.weight_bytes_e4m3},
          {"kv_bytes_per_token",
           {{"f32", footprint.kv_bytes_per_token_f32},
            {"bf16", footprint.kv_bytes_per_token_bf16},
            {"fp8", footprint.kv_bytes_per_token_e4m3}}},
          {"sampling",
           {{"do_sample", json_or_null(generation.do_sample)},
            {"temperature", json_or_null(generation.temperature)},
            {"top_p", json_or_null(generation.top_p)},
            {"top_k", json_or_null(generation.top_k)}}},
          {"tokens", model.tokenizer().size()},
          {"bos", json_or_null(model.tokenizer().bos_id())},
          {"stop", stop_tokens_json(model)},
          {"chat_template", template_json(model)}};
}

// A value of the JSON as a person reads it: "not set" for null.
std::string shown(const ordered_json& value) {
  if (value.is_null()) return "not set";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string rotary_text(const ordered_json& architecture) {
  std::string text = fmt::format("theta {}", shown(architecture["rope_theta"]));
  const ordered_json& scaling = architecture["rope_scaling"];
  if (!scaling.is_null()) {
    text += fmt::format(", llama3 scaling by {} from {} positions on", shown(scaling["factor"]),
                        shown(scaling["original_context"]));
  }
  return text;
}

std::string stop_text(const ordered_json& tokens) {
  std::string text;
  for (const ordered_json& token : tokens) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", token["id"].dump(),
                        compact_json(token["text"]));
  }
  return text.empty() ? "none: replies end at their token limit" : text;
}

std::string template_text(const ordered_json& chat_template) {
  if (chat_template.is_null()) return "none: a base model, which takes no messages";
  const ordered_json& rendered =
      chat_template["rendered"].is_null() ? chat_template["error"] : chat_template["rendered"];
  return fmt::format("sha256 {}\n{:<14}{}", chat_template["sha256"].get<std::string>(),
                     "a question is", compact_json(rendered));
}

std::string model_text(const ordered_json& model) {
  const ordered_json& a = model["architecture"];
  const ordered_json& sampling = model["sampling"];
  const auto number = [](const ordered_json& value) { return value.get<double>(); };
  std::string traits;
  if (a["tied_embeddings"].get<bool>()) traits += ", tied embeddings";
  if (a["qkv_bias"].get<bool>()) traits += ", biases on q, k and v";
  if (a["qk_norm"].get<bool>()) traits += ", norms on q and k";
  std::string text;
  const auto line = [&text](std::string_view key, const std::string& value) {
    text += fmt::format("{:<14}{}\n", key, value);
  };
  line("model", shown(model["model"]));
  line("identity", shown(model["identity"]));
  line("architecture",
       fmt::format("{}: {} layers of {}, {} heads of {} ({} key-value), feed-forward {}{}",
                   shown(a["name"]), shown(a["layers"]), shown(a["hidden_size"]), shown(a["heads"]),
                   shown(a["head_dim"]), shown(a["kv_heads"]), shown(a["intermediate_size"]),
                   traits));
  line("parameters", fmt::format("{} ({:.1f} MB as stored)", shown(model["parameters"]),
                                 number(model["weight_bytes"]) / 1e6));
  line("KV cache", fmt::format("{} bytes a token in bf16, {} in f32",
                               shown(model["kv_bytes_per_token"]["bf16"]),
                               shown(model["kv_bytes_per_token"]["f32"])));
  line("context", shown(a["max_context"]) + " tokens");
  line("rotary", rotary_text(a));
  line("vocabulary", fmt::format("{} rows, {} tokens, BOS {}", shown(a["vocab_size"]),
                                 shown(model["tokens"]), shown(model["bos"])));
  line("stops at", stop_text(model["stop"]));
  line("sampling", fmt::format("temperature {}, top_p {}, top_k {}", shown(sampling["temperature"]),
                               shown(sampling["top_p"]), shown(sampling["top_k"])));
  line("template", template_text(model["chat_template"]));
  return text;
}

}  // namespace

std::string describe_model(const std::string& name, const Model& model, bool json) {
  const ordered_json described = model_json(name, model);
  if (!json) return model_text(described);
  return indented_json(described);
}

}  // namespace proctor::harness
