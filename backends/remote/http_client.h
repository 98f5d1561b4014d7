// Many HTTP POSTs at a time from one thread: libcurl's multi interface driven by epoll.
//
// The caller numbers its calls (0 to capacity-1); each number carries one exchange at a time and
// keeps its handle, and libcurl keeps the connections, so a steady load opens no new ones. Over
// TLS, HTTP/2 is negotiated and its connections are shared by many exchanges. Certificates are
// always verified. An exchange has no total time limit: it dies after `idle_timeout` without a byte
// in either direction.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::backends {

struct HttpOptions {
  std::vector<std::string> headers;  // "Name: value"
  std::string ca_file;  // certificates to trust instead of the system's; empty: the system's
  // Without asking, where it cannot be negotiated: over plain http. With a libcurl before 8.0.0
  // each exchange then has a connection of its own.
  bool http2 = false;
  std::size_t capacity = 64;
  std::chrono::milliseconds idle_timeout{600'000};
  std::chrono::milliseconds connect_timeout{20'000};
};

// How an exchange ended: with a response, or with the reason why there is none.
struct HttpOutcome {
  long status = 0;
  std::string content_type;
  std::string retry_after;
  // transport: the exchange broke; refused: it never can work; not_found: no such host.
  std::optional<Error> error;
};

class HttpListener {
 public:
  virtual ~HttpListener() = default;
  // A piece of the response's body; false aborts the exchange.
  virtual bool received(std::size_t call, std::string_view bytes) = 0;
  // The exchange is over and its number free again. May start new ones.
  virtual void completed(std::size_t call, const HttpOutcome& outcome) = 0;
};

// All methods but wake() belong to one thread.
class HttpClient {
 public:
  using Clock = std::chrono::steady_clock;

  static Result<std::unique_ptr<HttpClient>> make(HttpOptions options, HttpListener& listener);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Starts an exchange on a free number. `body` is borrowed until it completes.
  void post(std::size_t call, const std::string& url, std::string_view body);

  // Whether the response under way has this status, and a content type that begins so.
  bool is_response(std::size_t call, long status, std::string_view content_type) const;

  // Serves all exchanges until something completed, `deadline` passed, or wake() was called.
  void wait(Clock::time_point deadline);

  // Makes wait() return soon. Any thread.
  void wake();

  // The same, cheaper, for a listener while it is being told something.
  void return_soon() { told_to_return_ = true; }

  // When what a listener is being told of was found: the clock is read once for many pieces.
  Clock::time_point now() const { return now_; }

 private:
  struct Exchange;
  struct MultiCleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  HttpClient(HttpOptions options, HttpListener& listener);
  Result<void> set_up();
  void set_up_handle(Exchange& exchange);

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* exchange);
  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* client, void* registered);
  static int on_timer(CURLM* multi, long timeout_ms, void* client);

  void act(curl_socket_t fd, int events);
  bool deliver_completed();
  void complete(Exchange& exchange, CURLcode code);
  bool abort_idle(Clock::time_point now);
  int wait_ms(Clock::time_point deadline) const;

  HttpOptions options_;
  HttpListener& listener_;
  int epoll_ = -1;
  int wake_ = -1;
  curl_slist* headers_ = nullptr;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::optional<Clock::time_point> curl_timer_;
  Clock::time_point next_idle_check_;
  Clock::time_point now_;
  bool told_to_return_ = false;
};

}  // namespace proctor::backends
