// Asking the hub, with patience for what passes and plain words for what does not.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "backends/remote/http_exchange.h"
#include "harness/hub/settings.h"

namespace proctor::harness::hub {

// One thread at a time; several clients may ask at once.
class HubClient {
 public:
  using MakeRequest = std::function<backends::ExchangeRequest()>;

  HubClient(HubSettings settings, std::stop_token stop);

  const HubSettings& settings() const { return settings_; }
  const std::stop_token& stop() const { return stop_; }

  // Asks, with the token if the address is one of the hub's own. A broken connection, 408, 429 and
  // 5xx but 501 are met by asking again: after what Retry-After says, else after longer and longer
  // pauses, and up to `settings.tries` times in a row without progress. `make` is called for each
  // try; what `progress` returns grows beyond what it was whenever a try was worth it (none: none
  // was). Waiting for long is said on stderr.
  // Returns any other answer, whatever its status.
  // Errors: transport, after that; interrupted; those of HttpExchanger::run().
  Result<backends::ExchangeAnswer> ask(const MakeRequest& make,
                                       const std::function<std::uint64_t()>& progress = {});

  // The same for one address; an answer without success is an error, refusal().
  Result<backends::ExchangeAnswer> get(const std::string& url);

  // Errors: interrupted.
  Result<void> wait(std::chrono::milliseconds time);

 private:
  bool is_own(const std::string& url) const;

  HubSettings settings_;
  std::stop_token stop_;
  backends::HttpExchanger exchanger_;
};

// What an unsuccessful answer comes to, with what the user can do about it. `url` is what was asked
// for; a "/resolve/" or "/api/" in it tells which repository's page to visit.
// Errors: refused, not_found for a missing repository, revision or file.
Error refusal(const HubSettings& settings, const std::string& url,
              const backends::ExchangeAnswer& answer);

}  // namespace proctor::harness::hub
