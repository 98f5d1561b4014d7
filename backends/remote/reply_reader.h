// The response to one attempt on its way to a reply: whole or as a stream of events, which the
// server chooses, or something else that says what went wrong.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "backends/remote/chat_protocol.h"
#include "backends/remote/http_client.h"
#include "backends/remote/sse.h"

namespace proctor::backends {

class ReplyReader {
 public:
  explicit ReplyReader(Wire wire) : wire_(wire), stream_(wire) {}

  // Forgets the attempt; the next one's response follows.
  void restart();

  // What the response's head says, before its body: whether it is a 200, and one of events.
  void begin(bool ok, bool event_stream);
  bool begun() const { return begun_; }

  // Takes a piece of the body. False if the rest is not worth having: what came is broken, or
  // longer than any reply.
  bool take(std::string_view bytes);

  bool is_stream() const { return is_stream_; }
  int pieces() const { return stream_.pieces(); }  // of text so far, in a stream
  std::size_t bytes() const { return body_.size() + stream_.bytes() + events_.pending(); }

  // The reply, once the exchange is over. `key` is blotted out of what is quoted in an error.
  // Errors: the exchange's, and transport for all that is not a finished reply.
  Result<Generation> finish(const HttpOutcome& outcome, std::string_view key);

 private:
  void take_event(std::string_view payload);

  Wire wire_;
  bool begun_ = false;
  bool ok_ = false;
  bool is_stream_ = false;
  std::string body_;  // if it is no stream
  SseParser events_;
  ChatStream stream_;
  std::optional<Error> broken_;  // what is wrong with the bytes so far
};

}  // namespace proctor::backends
