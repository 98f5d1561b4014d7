#include "backends/remote/provider.h"

#include <fmt/core.h>

#include <utility>

#include "harness/core/check.h"

namespace proctor::backends {
namespace {

constexpr std::string_view kBearer = "Authorization: Bearer ";

// Sources, all read in 2026: OpenAI, API reference "Create chat completion" and guide "Reasoning
// models"; Anthropic, API reference "Messages", guides "Extended thinking" and "Adaptive thinking",
// and the migration guides of Claude 4.5, 4.6 and 4.7; DeepSeek, API reference, guides "Reasoning
// model" and "Chat prefix completion"; vLLM, "OpenAI-compatible server"; llama.cpp,
// tools/server/README.md and common/common.h (common_params_sampling).
//
// What llama-server does when nothing is said: it keeps the 40 likeliest tokens and those of at
// least a twentieth of the likeliest's probability, and applies top_p before the temperature, so
// that 0.95 of a sharpened distribution becomes 0.95 of the flat one. Its own row says the order of
// Hugging Face, vLLM and the built-in engine, and nothing else.
constexpr std::string_view kLlamaSampling =
    R"({"samplers": ["temperature", "top_k", "top_p"], "top_k": 0})";

constexpr ModelQuirks kQuirks[] = {
    // gpt-5-chat is not a reasoning model, unlike all others of its name.
    {"openai", "gpt-5-chat", "max_completion_tokens", true, true, false, true},
    {"openai", "gpt-5", "max_completion_tokens", false, false, false, false, Prefill::refused,
     Thinking::effort},
    {"openai", "o1", "max_completion_tokens", false, false, false, false, Prefill::refused,
     Thinking::effort},
    {"openai", "o3", "max_completion_tokens", false, false, false, false, Prefill::refused,
     Thinking::effort},
    {"openai", "o4", "max_completion_tokens", false, false, false, false, Prefill::refused,
     Thinking::effort},
    {"openai", "", "max_completion_tokens", true, true, false, true},

    {"anthropic", "claude-3", "max_tokens", true, true, true, false, Prefill::bare,
     Thinking::budget, true},
    {"anthropic", "claude-opus-4-2025", "max_tokens", true, true, true, false, Prefill::bare,
     Thinking::budget, true},
    {"anthropic", "claude-opus-4-0", "max_tokens", true, true, true, false, Prefill::bare,
     Thinking::budget, true},
    {"anthropic", "claude-sonnet-4-2025", "max_tokens", true, true, true, false, Prefill::bare,
     Thinking::budget, true},
    {"anthropic", "claude-sonnet-4-0", "max_tokens", true, true, true, false, Prefill::bare,
     Thinking::budget, true},
    // From 4.1 on, temperature and top_p exclude each other.
    {"anthropic", "claude-opus-4-1", "max_tokens", true, false, true, false, Prefill::bare,
     Thinking::budget, true},
    {"anthropic", "claude-opus-4-5", "max_tokens", true, false, true, false, Prefill::bare,
     Thinking::budget, true},
    {"anthropic", "claude-sonnet-4-5", "max_tokens", true, false, true, false, Prefill::bare,
     Thinking::budget, true},
    {"anthropic", "claude-haiku-4-5", "max_tokens", true, false, true, false, Prefill::bare,
     Thinking::budget, true},
    // From 4.6 on there is no prefilling.
    {"anthropic", "claude-opus-4-6", "max_tokens", true, false, true, false, Prefill::refused,
     Thinking::adaptive, true},
    {"anthropic", "claude-sonnet-4-6", "max_tokens", true, false, true, false, Prefill::refused,
     Thinking::adaptive, true},
    // From 4.7 on nothing of sampling can be said.
    {"anthropic", "", "max_tokens", false, false, false, false, Prefill::refused,
     Thinking::adaptive, true},

    {"deepseek", "deepseek-reasoner", "max_tokens", false, false, false, false, Prefill::marked},
    {"deepseek", "", "max_tokens", true, true, false, false, Prefill::marked},

    {"llama-server", "", "max_tokens", true, true, true, true, Prefill::continue_stream,
     Thinking::effort, false, kLlamaSampling},

    {"openai-api", "", "max_tokens", true, true, true, true, Prefill::continue_option,
     Thinking::effort},
};

ModelQuirks quirks_of(const Provider& provider, std::string_view name) {
  for (const ModelQuirks& row : kQuirks) {
    if (row.provider == provider.name && name.starts_with(row.prefix)) return row;
  }
  check(false);  // each provider's last row fits every name
  return {};
}

}  // namespace

const std::vector<Provider>& providers() {
  static const std::vector<Provider> table = {
      {.name = "openai",
       .base_url = "https://api.openai.com/v1",
       .key_variable = "OPENAI_API_KEY",
       .needs_key = true,
       .wire = Wire::chat,
       .key_header = kBearer,
       .other_header = "",
       .path = "/chat/completions",
       .raw_path = "",
       .prefill_path = "",
       .batches = BatchWire::files},
      {.name = "anthropic",
       .base_url = "https://api.anthropic.com/v1",
       .key_variable = "ANTHROPIC_API_KEY",
       .needs_key = true,
       .wire = Wire::messages,
       .key_header = "x-api-key: ",
       .other_header = "anthropic-version: 2023-06-01",
       .path = "/messages",
       .raw_path = "",
       .prefill_path = "/messages",
       .batches = BatchWire::inlined},
      {.name = "deepseek",
       .base_url = "https://api.deepseek.com",
       .key_variable = "DEEPSEEK_API_KEY",
       .needs_key = true,
       .wire = Wire::chat,
       .key_header = kBearer,
       .other_header = "",
       .path = "/chat/completions",
       .raw_path = "",
       .prefill_path = "/beta/chat/completions"},
      {.name = "llama-server",
       .base_url = "http://127.0.0.1:8080/v1",
       .key_variable = "LLAMA_API_KEY",
       .needs_key = false,
       .wire = Wire::chat,
       .key_header = kBearer,
       .other_header = "",
       .path = "/chat/completions",
       .raw_path = "/completions",
       .prefill_path = "/chat/completions"},
      {.name = "openai-api",
       .base_url = "",
       .key_variable = "OPENAI_API_KEY",
       .needs_key = false,
       .wire = Wire::chat,
       .key_header = kBearer,
       .other_header = "",
       .path = "/chat/completions",
       .raw_path = "/completions",
       .prefill_path = "/chat/completions",
       .batches = BatchWire::files},
  };
  return table;
}

Result<RemoteModel> remote_model(const Provider& provider, std::string name,
                                 const BackendOptions& options) {
  RemoteModel model{.provider = &provider,
                    .quirks = quirks_of(provider, name),
                    .name = std::move(name),
                    .effort = options.reasoning_effort,
                    .thinking_tokens = options.thinking_tokens};
  const Thinking takes = model.quirks.thinking;
  if (!model.effort.empty() && takes != Thinking::effort && takes != Thinking::adaptive) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("--reasoning-effort: {}/{} takes none{}", provider.name, model.name,
                             takes == Thinking::budget ? "; it takes --thinking-tokens" : ""));
  }
  if (model.thinking_tokens > 0 && takes != Thinking::budget) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("--thinking-tokens: {}/{} takes none{}", provider.name, model.name,
                             takes == Thinking::none ? "" : "; it takes --reasoning-effort"));
  }
  if (model.quirks.thinking_excludes_sampling && model.thinks_on_request()) {
    model.quirks.temperature = model.quirks.top_p = model.quirks.top_k = false;
  }
  return model;
}

std::string identity_of(const RemoteModel& model) {
  std::string identity = fmt::format("{} {}", model.provider->name, model.name);
  if (!model.effort.empty()) identity += fmt::format(" (reasoning effort {})", model.effort);
  if (model.thinking_tokens > 0) {
    identity += fmt::format(" (up to {} thinking tokens)", model.thinking_tokens);
  }
  const std::pair<bool, std::string_view> fields[] = {{model.quirks.temperature, "temperature"},
                                                      {model.quirks.top_p, "top_p"},
                                                      {model.quirks.top_k, "top_k"},
                                                      {model.quirks.seed, "seed"}};
  std::string missing;
  for (const auto& [taken, name] : fields) {
    if (!taken) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name);
  }
  if (!missing.empty()) identity += fmt::format(" ({} not sent)", missing);
  return identity;
}

}  // namespace proctor::backends
