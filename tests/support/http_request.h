// A request as the fake server read it, and the parser that reads it: HTTP/1.1 with Content-Length
// bodies and nothing else, which is what an API client sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace proctor::support {

inline constexpr std::size_t kMaxHeadBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;

// All views lie in the connection's buffer: a handler that keeps any of it must copy it.
struct HttpRequest {
  std::string_view method;
  std::string_view path;
  std::string_view header_lines;  // as they came, each ended by CRLF
  std::string_view body;
  std::uint64_t sequence = 0;  // how many requests the server had read before this one

  // The value of the first header of that name, whatever its case; empty if there is none.
  std::string_view header(std::string_view name) const;
};

struct ParsedRequest {
  enum class State {
    incomplete,  // more bytes must come
    complete,
    refused,  // `status` says why; what follows on this connection cannot be understood
  };

  State state = State::incomplete;
  HttpRequest request{};     // but for its body if incomplete, and empty before the head is there
  std::size_t consumed = 0;  // the length of a complete request
  bool wants_continue = false;  // the client holds its body back until it reads "100 Continue"
  int status = 0;
};

// Reads the request at the beginning of `bytes`. Stateless: called again when more have arrived.
ParsedRequest parse_request(std::string_view bytes);

}  // namespace proctor::support
