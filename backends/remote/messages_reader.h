// Reads one object of Anthropic's messages API, a whole message or an event of a stream, into the
// same form as a chat completion's (chat_reader.h). (Anthropic, API reference "Messages" and
// "Streaming messages", version 2023-06-01.)
#pragma once

#include <string_view>

#include "backends/remote/chat_reader.h"

namespace proctor::backends {

// Never fails: what is wrong with the bytes is in `form`. Nesting costs nothing. The usage's prompt
// includes what the cache held. Thinking that was encrypted for safety has no text.
ChatObject read_messages_object(std::string_view bytes);

// The same but for `only_text`, by nlohmann/json alone: several times as slow, and what tests
// compare the other with.
ChatObject read_messages_object_plainly(std::string_view bytes);

}  // namespace proctor::backends
