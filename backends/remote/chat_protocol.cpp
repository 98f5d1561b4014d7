#include "backends/remote/chat_protocol.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "backends/remote/chat_reader.h"
#include "backends/remote/messages_reader.h"

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

// Cuts at `limit` bytes, at the start of a character, and drops what would break a line.
std::string one_line(std::string_view text, std::size_t limit) {
  if (text.size() > limit) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
    text = text.substr(0, limit);
  }
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = byte < 0x20 || byte == 0x7f;
    // U+0080 to U+009F, which some terminals obey.
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    line += control || c1 ? ' ' : text[i];
    if (c1) ++i;
  }
  return line;
}

void take_server(const ChatObject& object, std::string& served_by) {
  if (!served_by.empty() || object.model.empty()) return;
  constexpr std::size_t kLongestName = 200;
  const bool bare = object.system_fingerprint.empty();
  served_by =
      one_line(bare ? object.model : object.model + " " + object.system_fingerprint, kLongestName);
}

// A later count replaces an earlier one; what it is silent about stands.
void take_usage(const TokenUsage& event, TokenUsage& usage) {
  if (event.prompt) usage.prompt = event.prompt;
  if (event.completion) usage.completion = event.completion;
  if (event.reasoning) usage.reasoning = event.reasoning;
  if (event.cached_prompt) usage.cached_prompt = event.cached_prompt;
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
      {"stop_sequence", FinishReason::stop},  // TGI, Anthropic
      {"tool_calls", FinishReason::stop},
      {"end_turn", FinishReason::stop},  // Anthropic, as the next three
      {"refusal", FinishReason::content_filter},
      {"model_context_window_exceeded", FinishReason::length},
      {"max_tokens", FinishReason::length},
      {"length", FinishReason::length},
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

// Whether an error object carries the status of a request that would fail again: a server that has
// begun to stream can no longer say it in the head (vLLM, llama.cpp).
bool refuses(std::string_view bytes) {
  const json value = json::parse(bytes, nullptr, false);
  // Not a copy: copying goes as deep into the calls as the server nests.
  const json& code = member(member(value, "error"), "code");
  return code == 400 || code == 413 || code == 422;
}

Result<ChatObject> read_object(Wire wire, std::string_view bytes) {
  if (bytes.empty()) return bad_reply("the reply's body is empty");
  ChatObject object = wire == Wire::chat ? read_chat_object(bytes) : read_messages_object(bytes);
  if (object.form == ChatObject::Form::not_json) {
    return bad_reply("the reply is not valid JSON: " + error_excerpt(bytes));
  }
  if (object.form == ChatObject::Form::no_object) {
    return bad_reply("the reply is not a JSON object");
  }
  if (object.has_error) {
    return Error(refuses(bytes) ? ErrorCode::invalid_input : ErrorCode::transport,
                 "the server reported an error: " + error_excerpt(bytes));
  }
  return object;
}

}  // namespace

Result<Generation> parse_reply(Wire wire, std::string_view body) {
  Result<ChatObject> object = read_object(wire, body);
  if (!object) return object.error();
  if (!object->has_choice) return bad_reply("the reply has no choices");
  Generation generation;
  generation.text = std::move(object->content);
  generation.reasoning = std::move(object->reasoning);
  generation.usage = object->usage;
  take_server(*object, generation.served_by);
  const Result<void> finished = set_finish(object->finish_reason, generation);
  if (!finished) return finished.error();
  return generation;
}

Result<void> ChatStream::take(std::string_view payload) {
  if (payload.empty() || payload == "[DONE]") return {};  // nothing: some proxies' sign of life
  if (const std::optional<JsonText> text = pattern_.text_of(payload)) {
    append_text(*text);
    return {};
  }
  const Result<ChatObject> event = read_object(wire_, payload);
  if (!event) return event.error();
  take_server(*event, reply_.served_by);
  if (event->has_usage) take_usage(event->usage, reply_.usage);
  reply_.text += event->content;
  reply_.reasoning += event->reasoning;
  if (!event->content.empty() || !event->reasoning.empty()) ++pieces_;
  if (!event->finish_reason.empty()) finish_reason_ = event->finish_reason;
  learn(payload, *event);
  return {};
}

// From now on an event like this one does no more than add its text: who serves has been said, once
// for all, and of counts and an end it says nothing.
void ChatStream::learn(std::string_view payload, const ChatObject& event) {
  if (event.only_text.empty() || event.has_usage || !event.finish_reason.empty()) return;
  pattern_.learn(payload, event.only_text);
  pattern_is_reasoning_ = event.content.empty();
}

void ChatStream::append_text(const JsonText& text) {
  if (text.raw.empty()) return;
  std::string& whole = pattern_is_reasoning_ ? reply_.reasoning : reply_.text;
  if (text.escaped) {
    append_unescaped(text.raw, whole);
  } else {
    whole += text.raw;
  }
  ++pieces_;
}

std::size_t ChatStream::bytes() const { return reply_.text.size() + reply_.reasoning.size(); }

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
