// One HTTP GET, for files that are fetched now and then.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "harness/core/result.h"

namespace proctor::backends {

struct GetOptions {
  std::string user_agent{};
  std::chrono::milliseconds connect_timeout{20'000};
  std::chrono::seconds idle_timeout{60};            // it ends after this long with hardly a byte
  std::size_t most_bytes = std::size_t{256} << 20;  // of the body
};

struct GetAnswer {
  long status = 0;  // of HTTP
  std::string body;
};

// Gets what is at an http or https address, following a few redirections. Blocks; thread-safe.
// Errors, naming the address: transport, when there is no whole answer; refused, when there cannot
// be one, for the address, the certificate or the size.
Result<GetAnswer> http_get(const std::string& url, const GetOptions& options);

}  // namespace proctor::backends
