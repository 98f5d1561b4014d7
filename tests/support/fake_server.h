// An HTTP/1.1 server on a real loopback socket that misbehaves on demand, and is fast enough to
// measure a client against: one thread, one epoll set, no library.
//
// Bodies over kMaxBodyBytes, chunked requests and lines that are not HTTP are refused with a 4xx
// and a close. A client that closes its sending side is taken to have left.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/answer.h"
#include "tests/support/http_request.h"

namespace proctor::support {

struct ServerCounters {
  std::uint64_t requests = 0;  // complete ones, whatever became of their answers
  std::uint64_t connections = 0;
  std::uint64_t open_now = 0;
  std::uint64_t most_open = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

class FakeServer {
 public:
  // Called on the server's thread for each complete request: while it runs, nobody is served.
  using Handler = std::function<Answer(const HttpRequest&)>;

  // Listens on 127.0.0.1 from the constructor's return to the destructor's, which drops every
  // connection. Raises this process's soft limit of open files to 65,536 where it is allowed to.
  explicit FakeServer(Handler handler);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::uint16_t port() const;
  std::string base_url() const;     // "http://127.0.0.1:PORT/v1"
  ServerCounters counters() const;  // thread-safe

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
  std::jthread thread_;
};

}  // namespace proctor::support
