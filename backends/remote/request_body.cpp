#include "backends/remote/request_body.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace proctor::backends {
namespace {

using nlohmann::json;

bool is_raw(const Prompt& prompt) { return prompt.size() == 1 && prompt[0].role == "raw"; }

bool is_prefilled(const Prompt& prompt) {
  return !prompt.empty() && prompt.back().role == "assistant";
}

void put_sampling(const RemoteModel& model, const Request& request, json& body) {
  const ModelQuirks& takes = model.quirks;
  const Sampling& sampling = request.sampling;
  body[std::string(takes.limit_field)] = sampling.max_tokens;
  if (takes.temperature) body["temperature"] = sampling.temperature;
  if (takes.top_p) body["top_p"] = sampling.top_p;
  if (takes.top_k && sampling.top_k) body["top_k"] = *sampling.top_k;
  if (takes.seed) body["seed"] = request.seed & 0x7fffffff;
}

void put_thinking(const RemoteModel& model, json& body) {
  if (!model.thinks_on_request()) return;
  switch (model.quirks.thinking) {
    case Thinking::none:
      return;
    case Thinking::effort:
      body["reasoning_effort"] = model.effort;
      return;
    case Thinking::budget:
      body["thinking"] = {{"type", "enabled"}, {"budget_tokens", model.thinking_tokens}};
      return;
    case Thinking::adaptive:
      body["thinking"] = {{"type", "adaptive"}};
      body["output_config"] = {{"effort", model.effort}};
      return;
  }
}

void put_prefill(const RemoteModel& model, json& body) {
  if (model.quirks.prefill == Prefill::marked) body["messages"].back()["prefix"] = true;
  if (model.quirks.prefill == Prefill::continue_option ||
      model.quirks.prefill == Prefill::continue_stream) {
    body["add_generation_prompt"] = false;
    body["continue_final_message"] = true;
  }
}

void put_prompt(const RemoteModel& model, const Prompt& prompt, json& body) {
  if (is_raw(prompt)) {
    body["prompt"] = prompt[0].content;
    // The text has its special tokens already; vLLM would write another at its beginning.
    body["add_special_tokens"] = false;
    return;
  }
  json& messages = body["messages"] = json::array();
  for (const Message& message : prompt) {
    // Anthropic's system prompt stands beside the messages.
    if (model.provider->wire == Wire::messages && message.role == "system") {
      body["system"] = message.content;
      continue;
    }
    messages.push_back({{"role", message.role}, {"content", message.content}});
  }
  if (is_prefilled(prompt)) put_prefill(model, body);
}

}  // namespace

Result<std::string> request_path(const RemoteModel& model, const Prompt& prompt) {
  const Provider& provider = *model.provider;
  const auto cannot = [&](std::string_view what) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}/{} cannot be given {}", provider.name, model.name, what));
  };
  if (is_raw(prompt)) {
    if (provider.raw_path.empty()) return cannot("raw text instead of messages");
    return std::string(provider.raw_path);
  }
  if (is_prefilled(prompt)) {
    if (model.quirks.prefill == Prefill::refused) return cannot("the beginning of its reply");
    return std::string(provider.prefill_path);
  }
  return std::string(provider.path);
}

std::string request_body(const RemoteModel& model, const Request& request, bool stream) {
  json body = json::object();
  if (!model.quirks.always.empty()) body = json::parse(model.quirks.always, nullptr, false);
  body["model"] = model.name;
  put_prompt(model, request.prompt, body);
  put_sampling(model, request, body);
  put_thinking(model, body);
  const bool only_streamed =
      is_prefilled(request.prompt) && model.quirks.prefill == Prefill::continue_stream;
  if (stream || only_streamed) {
    body["stream"] = true;
    if (model.provider->wire == Wire::chat) body["stream_options"] = {{"include_usage", true}};
  }
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace proctor::backends
