// A fake reply as OpenAI's chat completions put it on the wire: one JSON document, or the events of
// a stream. Fields beyond OpenAI's (`reasoning_content`) are DeepSeek's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_reply.h"

namespace proctor::support {

struct ChatFormat {
  std::string id;           // "chatcmpl-7"
  std::string model;        // as the server names itself
  std::string fingerprint;  // system_fingerprint
  int prompt_tokens = 0;
  bool usage_in_stream = false;  // stream_options.include_usage
};

// No content at all is `null`, never "".
std::string completion_body(const Reply& reply, const ChatFormat& format);

// A role, a delta for each token, the finish reason, and the usage if it was asked for. The
// "[DONE]" is the stream's and not among them.
std::vector<std::string> completion_events(const Reply& reply, const ChatFormat& format);

std::string error_body(std::string_view message, std::string_view type, int code);

}  // namespace proctor::support
