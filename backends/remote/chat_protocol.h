// Replies in, whole or streamed, in the two languages of provider.h: OpenAI's chat completions as
// its many servers speak them, and Anthropic's messages. No sockets here. (OpenAI API reference,
// "Create chat completion"; vLLM's and DeepSeek's `reasoning_content`; SGLang's and OpenRouter's
// `reasoning`; Anthropic API reference, "Messages".)
#pragma once

#include <string>
#include <string_view>

#include "backends/remote/chat_reader.h"
#include "backends/remote/event_pattern.h"
#include "backends/remote/provider.h"

namespace proctor::backends {

// A whole (non-streamed) reply. Errors: transport, for anything that is not a finished completion:
// truncated or invalid JSON or UTF-8, an error object, no choice, no finish reason; invalid_input,
// for an error object that says 400, 413 or 422: the request is at fault.
Result<Generation> parse_reply(Wire wire, std::string_view body);

// Collects a streamed reply, one event payload after another.
class ChatStream {
 public:
  explicit ChatStream(Wire wire) : wire_(wire) {}

  // Takes one event. Errors: as of parse_reply(), for an event that is no JSON or that carries an
  // error; the stream is then lost.
  Result<void> take(std::string_view payload);

  // Pieces of text so far, and their bytes.
  int pieces() const { return pieces_; }
  std::size_t bytes() const;

  // The model has said how it ended: whatever becomes of the connection, the reply is whole.
  bool ended() const { return !finish_reason_.empty(); }

  // The reply, after the last event. Errors: transport, if the stream ended before the model did.
  Result<Generation> finish();

 private:
  void learn(std::string_view payload, const ChatObject& event);
  void append_text(const JsonText& text);

  Wire wire_;
  Generation reply_;
  std::string finish_reason_;
  EventPattern pattern_;  // of the last event that added a text and nothing else
  bool pattern_is_reasoning_ = false;
  int pieces_ = 0;
};

// What a body that is not a completion says went wrong, cut to a line: the message of its error
// object, or its beginning.
std::string error_excerpt(std::string_view body);

}  // namespace proctor::backends
