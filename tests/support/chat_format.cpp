#include "tests/support/chat_format.h"

#include <nlohmann/json.hpp>

namespace proctor::support {

namespace {

using nlohmann::json;

json usage_of(const Reply& reply, const ChatFormat& format) {
  return {{"prompt_tokens", format.prompt_tokens},
          {"completion_tokens", reply.completion_tokens},
          {"total_tokens", format.prompt_tokens + reply.completion_tokens},
          {"completion_tokens_details", {{"reasoning_tokens", reply.reasoning_tokens}}}};
}

json envelope(std::string_view object, const ChatFormat& format) {
  return {{"id", format.id},
          {"object", object},
          {"created", 1'700'000'000},
          {"model", format.model},
          {"system_fingerprint", format.fingerprint}};
}

// What all chunks of a reply begin with, written once: a long reply has tens of thousands.
std::string chunk_opening(const ChatFormat& format) {
  std::string text = envelope("chat.completion.chunk", format).dump();
  text.pop_back();
  return text.append(",\"choices\":[{\"index\":0,\"delta\":");
}

std::string chunk_with(const std::string& opening, const json& delta, const json& finish_reason) {
  return opening + delta.dump() + ",\"finish_reason\":" + finish_reason.dump() + "}]}";
}

void add_deltas(const char* field, std::string_view text, const std::string& opening,
                std::vector<std::string>& events) {
  for (const std::string_view token : tokens_of(text)) {
    events.push_back(chunk_with(opening, json::object({{field, token}}), nullptr));
  }
}

}  // namespace

std::string completion_body(const Reply& reply, const ChatFormat& format) {
  json message = {{"role", "assistant"}};
  message["content"] = reply.content.empty() ? json(nullptr) : json(reply.content);
  if (!reply.reasoning.empty()) message["reasoning_content"] = reply.reasoning;
  json body = envelope("chat.completion", format);
  body["choices"] = json::array(
      {{{"index", 0}, {"message", std::move(message)}, {"finish_reason", reply.finish_reason}}});
  body["usage"] = usage_of(reply, format);
  return body.dump();
}

std::vector<std::string> completion_events(const Reply& reply, const ChatFormat& format) {
  const std::string opening = chunk_opening(format);
  std::vector<std::string> events;
  const json role = {{"role", "assistant"}, {"content", nullptr}};
  events.push_back(chunk_with(opening, role, nullptr));
  add_deltas("reasoning_content", reply.reasoning, opening, events);
  add_deltas("content", reply.content, opening, events);
  events.push_back(chunk_with(opening, json::object(), reply.finish_reason));
  if (format.usage_in_stream) {
    json last = envelope("chat.completion.chunk", format);
    last["choices"] = json::array();
    last["usage"] = usage_of(reply, format);
    events.push_back(last.dump());
  }
  return events;
}

std::string error_body(std::string_view message, std::string_view type, int code) {
  return json{{"error", {{"message", message}, {"type", type}, {"code", code}}}}.dump();
}

}  // namespace proctor::support
