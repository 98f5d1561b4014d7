#include "backends/remote/chat_protocol.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace proctor::backends {
namespace {

using nlohmann::json;

Error bad_reply(std::string message) { return Error(ErrorCode::transport, std::move(message)); }

// A member of an object, or null.
const json& member(const json& object, const char* key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

// Content is text, null, or a list of parts of which those of type "text" count.
void append_content(const json& content, std::string& text) {
  if (const auto* piece = content.get_ptr<const std::string*>()) {
    text += *piece;
  } else if (content.is_array()) {
    for (const json& part : content) append_content(member(part, "text"), text);
  }
}

const json& reasoning_of(const json& message) {
  const json& reasoning = member(message, "reasoning_content");
  return reasoning.is_null() ? member(message, "reasoning") : reasoning;
}

std::optional<std::int64_t> count(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

void take_usage(const json& usage, TokenUsage& into) {
  if (!usage.is_object()) return;
  into.prompt = count(member(usage, "prompt_tokens"));
  into.completion = count(member(usage, "completion_tokens"));
  into.reasoning = count(member(member(usage, "completion_tokens_details"), "reasoning_tokens"));
  into.cached_prompt = count(member(member(usage, "prompt_tokens_details"), "cached_tokens"));
}

void take_server(const json& reply, std::string& served_by) {
  if (!served_by.empty()) return;
  const auto* model = member(reply, "model").get_ptr<const json::string_t*>();
  if (model == nullptr) return;
  served_by = *model;
  const auto* print = member(reply, "system_fingerprint").get_ptr<const json::string_t*>();
  if (print != nullptr && !print->empty()) served_by += " " + *print;
}

// Turns the server's word for how it ended into ours.
Result<void> set_finish(std::string_view reason, Generation& reply) {
  struct Row {
    std::string_view name;
    FinishReason finish;
  };
  static constexpr Row kRows[] = {
      {"stop", FinishReason::stop},
      {"eos", FinishReason::stop},
      {"eos_token", FinishReason::stop},      // TGI
      {"stop_sequence", FinishReason::stop},  // TGI
      {"tool_calls", FinishReason::stop},
      {"length", FinishReason::length},
      {"max_tokens", FinishReason::length},
      {"model_length", FinishReason::length},
      {"content_filter", FinishReason::content_filter},
      {"repetition", FinishReason::repetition},
  };
  for (const Row& row : kRows) {
    if (row.name != reason) continue;
    const bool silent = reply.text.empty() && reply.reasoning.empty();
    reply.finish = silent && row.finish == FinishReason::stop ? FinishReason::empty : row.finish;
    return {};
  }
  if (reason.empty()) return bad_reply("the reply ended without a finish_reason");
  return bad_reply(fmt::format("the reply ended with finish_reason \"{}\"", reason));
}

Result<json> parse_object(std::string_view body) {
  if (body.empty()) return bad_reply("the reply's body is empty");
  json value = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) {
    return bad_reply("the reply is not valid JSON: " + error_excerpt(body));
  }
  if (!value.is_object()) return bad_reply("the reply is not a JSON object");
  if (!member(value, "error").is_null()) {
    return bad_reply("the server reported an error: " + error_excerpt(body));
  }
  return value;
}

// Cuts at `limit` bytes, at the start of a character, and drops what would break a line.
std::string one_line(std::string_view text, std::size_t limit) {
  if (text.size() > limit) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
    text = text.substr(0, limit);
  }
  std::string line;
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return line;
}

}  // namespace

std::string chat_request_body(const std::string& model, const Request& request, bool stream) {
  json messages = json::array();
  for (const Message& message : request.prompt) {
    messages.push_back({{"role", message.role}, {"content", message.content}});
  }
  const Sampling& sampling = request.sampling;
  json body = {{"model", model},
               {"messages", std::move(messages)},
               {"temperature", sampling.temperature},
               {"top_p", sampling.top_p},
               {"max_tokens", sampling.max_tokens},
               {"seed", request.seed & 0x7fffffff}};
  if (sampling.top_k) body["top_k"] = *sampling.top_k;
  if (stream) {
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
  }
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Generation> parse_chat_reply(std::string_view body) {
  const Result<json> reply = parse_object(body);
  if (!reply) return reply.error();
  const json& choices = member(*reply, "choices");
  if (!choices.is_array() || choices.empty()) return bad_reply("the reply has no choices");
  const json& message = member(choices[0], "message");
  Generation generation;
  append_content(member(message, "content"), generation.text);
  append_content(reasoning_of(message), generation.reasoning);
  take_usage(member(*reply, "usage"), generation.usage);
  take_server(*reply, generation.served_by);
  const auto* reason = member(choices[0], "finish_reason").get_ptr<const json::string_t*>();
  const Result<void> finished =
      set_finish(reason == nullptr ? std::string_view() : *reason, generation);
  if (!finished) return finished.error();
  return generation;
}

Result<void> ChatStream::take(std::string_view payload) {
  if (payload == "[DONE]") return {};
  const Result<json> event = parse_object(payload);
  if (!event) return event.error();
  take_server(*event, reply_.served_by);
  take_usage(member(*event, "usage"), reply_.usage);
  const json& choices = member(*event, "choices");
  if (!choices.is_array() || choices.empty()) return {};
  const json& delta = member(choices[0], "delta");
  const std::size_t before = reply_.text.size() + reply_.reasoning.size();
  append_content(member(delta, "content"), reply_.text);
  append_content(reasoning_of(delta), reply_.reasoning);
  if (reply_.text.size() + reply_.reasoning.size() != before) ++pieces_;
  if (const auto* reason = member(choices[0], "finish_reason").get_ptr<const json::string_t*>()) {
    finish_reason_ = *reason;
  }
  return {};
}

Result<Generation> ChatStream::finish() {
  const Result<void> finished = set_finish(finish_reason_, reply_);
  if (!finished) {
    if (finish_reason_.empty()) return bad_reply("the stream ended before the model did");
    return finished.error();
  }
  return std::move(reply_);
}

std::string error_excerpt(std::string_view body) {
  constexpr std::size_t kLimit = 300;
  const json value = json::parse(body, nullptr, false);
  const json& error = member(value, "error");
  for (const json* candidate :
       {&member(error, "message"), &error, &member(value, "message"), &member(value, "detail")}) {
    if (const auto* text = candidate->get_ptr<const json::string_t*>()) {
      return one_line(*text, kLimit);
    }
  }
  return one_line(body, kLimit);
}

}  // namespace proctor::backends
