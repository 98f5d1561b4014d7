// One HTTP exchange after the other, each awaited: for what is asked, fetched or handed in now and
// then. Replies of models come through http_client, many at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/remote/body_source.h"
#include "harness/core/result.h"

namespace proctor::backends {

struct ExchangeOptions {
  std::string user_agent{};
  std::string ca_file{};  // certificates to trust instead of the system's; empty: the system's
  std::chrono::milliseconds connect_timeout{20'000};
  std::chrono::seconds idle_timeout{60};            // it ends after this long with hardly a byte
  std::size_t most_bytes = std::size_t{256} << 20;  // of a body that is kept in memory
};

// What came back. Of a body that a request's `on_bytes` took, nothing is kept here.
struct ExchangeAnswer {
  long status = 0;  // of HTTP
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case

  bool succeeded() const { return status >= 200 && status < 300; }
  // The last value of that name, given in lower case.
  std::optional<std::string_view> header(std::string_view name) const;
};

// A part of a multipart/form-data body.
struct FormPart {
  std::string name{};
  std::string content{};
  std::filesystem::path file{};        // instead of `content`: read while it is sent
  std::optional<BodySource> source{};  // likewise
  std::string file_name{};             // what the server is told; empty: the part is no file
  std::string content_type{};
};

struct ExchangeRequest {
  std::string url{};
  std::string method = "GET";          // GET and HEAD follow redirections, others do not
  std::vector<std::string> headers{};  // "Name: value"
  // The same, of what the first server alone may see: a redirection to another scheme, host or port
  // goes without them, and where an unsuccessful answer quotes one, it is blotted out.
  std::vector<std::string> secret_headers{};
  std::string body{};
  std::optional<BodySource> source{};  // instead of `body`
  std::vector<FormPart> form{};        // instead of either
  // Takes the body of a successful answer piece by piece, with status and headers at hand; such a
  // body is asked for uncompressed and has no limit of size. An error ends the exchange.
  std::function<Result<void>(const ExchangeAnswer& head, std::string_view bytes)> on_bytes{};
};

// Keeps its connections from one exchange to the next. Certificates are always verified, and no
// redirection is followed from https to http. One thread at a time.
class HttpExchanger {
 public:
  explicit HttpExchanger(ExchangeOptions options);
  ~HttpExchanger();
  HttpExchanger(HttpExchanger&&) noexcept;
  HttpExchanger& operator=(HttpExchanger&&) = delete;

  // Sends the request and waits for the whole answer, whatever its status. Blocks, for no longer
  // than a second once a stop is requested.
  // Errors, naming the request's address and no header: transport, when there is no whole answer;
  // unavailable, when the host cannot be found; refused, when there cannot be an answer, for the
  // address, the certificate or the size; invalid_input, for a password in the address and for a
  // header of more than one line; interrupted; io, for a form's file; those of `on_bytes` and of
  // sources.
  Result<ExchangeAnswer> run(const ExchangeRequest& request, std::stop_token stop = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// A single exchange.
Result<ExchangeAnswer> http_exchange(const ExchangeRequest& request,
                                     const ExchangeOptions& options);

}  // namespace proctor::backends
