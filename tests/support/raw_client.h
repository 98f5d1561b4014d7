// A client that shows what really came over the wire: bytes, and how they ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/file_descriptor.h"

namespace proctor::support {

struct Received {
  enum class Ending {
    found,   // the marker arrived; the connection is still open
    closed,  // FIN
    reset,   // ECONNRESET
    silent,  // nothing more within the time
  };

  std::string bytes;
  Ending ending = Ending::silent;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port);  // connects to 127.0.0.1

  void send(std::string_view bytes) const;
  void send_post(std::string_view path, std::string_view body) const;

  // Reads until the bytes received by this call end with `marker`, or to the end if it is empty.
  Received read_until(std::string_view marker,
                      std::chrono::milliseconds patience = std::chrono::seconds(10)) const;

 private:
  FileDescriptor socket_;
};

}  // namespace proctor::support
