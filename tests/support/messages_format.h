// A fake reply as Anthropic's messages API puts it on the wire: one JSON document, or the events of
// a stream without their "event:" lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/chat_format.h"

namespace proctor::support {

// Thinking that stands apart is a block of its own, before the text's.
std::string message_body(const Reply& reply, const ChatFormat& format);

// message_start with the prompt's usage, a ping, the blocks in pieces of a token, message_delta
// with the reason and the reply's usage, message_stop.
std::vector<std::string> message_events(const Reply& reply, const ChatFormat& format);

std::string messages_error_body(std::string_view message, std::string_view type);

}  // namespace proctor::support
