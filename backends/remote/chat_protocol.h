// The OpenAI chat-completions protocol as its many servers speak it: request bodies out, replies
// in, whole or streamed. No sockets here. (OpenAI API reference, "Create chat completion"; vLLM's
// and DeepSeek's `reasoning_content`; SGLang's and OpenRouter's `reasoning`.)
#pragma once

#include <string>
#include <string_view>

#include "backends/backend.h"

namespace proctor::backends {

// The JSON body that asks for one completion. Seeds are cut to 31 bits, which every known
// server accepts; that two of a question's 64 repeats share one is then a matter of 1 in a million.
std::string chat_request_body(const std::string& model, const Request& request, bool stream);

// A whole (non-streamed) reply. Errors: transport, for anything that is not a finished completion:
// truncated or invalid JSON or UTF-8, an error object, no choice, no finish reason.
Result<Generation> parse_chat_reply(std::string_view body);

// Collects a streamed reply, one event payload after another.
class ChatStream {
 public:
  // Takes one event. Errors: transport, for an event that is no JSON or that carries an error;
  // the stream is then lost.
  Result<void> take(std::string_view payload);

  // Pieces of text so far, and their bytes.
  int pieces() const { return pieces_; }
  std::size_t bytes() const;

  // The model has said how it ended: whatever becomes of the connection, the reply is whole.
  bool ended() const { return !finish_reason_.empty(); }

  // The reply, after the last event. Errors: transport, if the stream ended before the model did.
  Result<Generation> finish();

 private:
  Generation reply_;
  std::string finish_reason_;
  int pieces_ = 0;
};

// What a body that is not a completion says went wrong, cut to a line: the message of its error
// object, or its beginning.
std::string error_excerpt(std::string_view body);

}  // namespace proctor::backends
