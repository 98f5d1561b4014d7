// What the fake server does about a request, as data: bytes to send, pauses between them, and how
// it all ends. Good answers are built here and then damaged by `cut`.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace proctor::support {

// What becomes of the connection after the last step.
enum class End {
  keep_alive,  // the next request is read
  close,       // FIN: an orderly end, in good time or not
  reset,       // RST: the client reads what it has and then gets ECONNRESET
  stall,       // nothing more, with the connection open until the client or the server goes
};

struct Step {
  std::chrono::milliseconds delay{0};  // before the bytes are sent
  std::string bytes;                   // sent verbatim
};

struct Answer {
  std::vector<Step> steps{};
  End end = End::keep_alive;
  // Called on the server's thread once the kernel has taken the last byte; may be empty.
  std::function<void()> on_sent{};
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// A complete response with its Content-Length.
Answer respond(int status, const Headers& headers, std::string_view body);
Answer respond_json(int status, std::string_view body);

struct StreamOptions {
  std::chrono::milliseconds gap{0};  // before each event
  bool done = true;                  // "data: [DONE]" comes last
  // Chunked, so that a client can tell a whole body from a cut one; otherwise the body ends where
  // the connection does, and it cannot.
  bool chunked = true;
};

// A text/event-stream with one "data: " event for each of `events`.
Answer stream(std::span<const std::string> events, const StreamOptions& options = {});

// How many bytes the answer sends if nothing stops it.
std::size_t size_of(const Answer& answer);

// The first `bytes` bytes of the answer, ended by `end`. It no longer counts as sent.
Answer cut(Answer answer, std::size_t bytes, End end);

// The same answer, begun that much later.
Answer delayed(Answer answer, std::chrono::milliseconds delay);

}  // namespace proctor::support
