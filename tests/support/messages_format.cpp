#include "tests/support/messages_format.h"

#include <nlohmann/json.hpp>

namespace proctor::support {

namespace {

using nlohmann::json;

std::string_view stop_reason_of(const Reply& reply) {
  return reply.finish_reason == "length" ? "max_tokens" : "end_turn";
}

json envelope(const ChatFormat& format) {
  return {{"id", format.id}, {"type", "message"}, {"role", "assistant"}, {"model", format.model}};
}

struct BlockKind {
  const char* type;   // of the block
  const char* delta;  // of its pieces
  const char* field;
};

constexpr BlockKind kThinking = {"thinking", "thinking_delta", "thinking"};
constexpr BlockKind kText = {"text", "text_delta", "text"};

void add_block(int index, const BlockKind& kind, std::string_view text,
               std::vector<std::string>& events) {
  events.push_back(json{{"type", "content_block_start"},
                        {"index", index},
                        {"content_block", {{"type", kind.type}, {kind.field, ""}}}}
                       .dump());
  for (const std::string_view token : tokens_of(text)) {
    events.push_back(json{{"type", "content_block_delta"},
                          {"index", index},
                          {"delta", {{"type", kind.delta}, {kind.field, token}}}}
                         .dump());
  }
  events.push_back(json{{"type", "content_block_stop"}, {"index", index}}.dump());
}

}  // namespace

std::string message_body(const Reply& reply, const ChatFormat& format) {
  json body = envelope(format);
  body["content"] = json::array();
  if (!reply.reasoning.empty()) {
    body["content"].push_back(
        {{"type", "thinking"}, {"thinking", reply.reasoning}, {"signature", "c2ln"}});
  }
  if (!reply.content.empty()) {
    body["content"].push_back({{"type", "text"}, {"text", reply.content}});
  }
  body["stop_reason"] = stop_reason_of(reply);
  body["stop_sequence"] = nullptr;
  body["usage"] = {{"input_tokens", format.prompt_tokens},
                   {"output_tokens", reply.completion_tokens}};
  return body.dump();
}

std::vector<std::string> message_events(const Reply& reply, const ChatFormat& format) {
  json message = envelope(format);
  message["content"] = json::array();
  message["stop_reason"] = nullptr;
  message["usage"] = {{"input_tokens", format.prompt_tokens}, {"output_tokens", 1}};
  std::vector<std::string> events = {json{{"type", "message_start"}, {"message", message}}.dump(),
                                     R"({"type":"ping"})"};
  int index = 0;
  if (!reply.reasoning.empty()) add_block(index++, kThinking, reply.reasoning, events);
  if (!reply.content.empty()) add_block(index, kText, reply.content, events);
  events.push_back(
      json{{"type", "message_delta"},
           {"delta", {{"stop_reason", stop_reason_of(reply)}, {"stop_sequence", nullptr}}},
           {"usage", {{"output_tokens", reply.completion_tokens}}}}
          .dump());
  events.push_back(R"({"type":"message_stop"})");
  return events;
}

std::string messages_error_body(std::string_view message, std::string_view type) {
  return json{{"type", "error"}, {"error", {{"type", type}, {"message", message}}}}.dump();
}

}  // namespace proctor::support
