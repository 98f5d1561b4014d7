// The servers that share a run's requests: who gets the next one, who is down, and when one that is
// down is tried again. No sockets and no clock: the caller says what happened and when.
//
// The next request goes to the server with the fewest tokens outstanding, among those that are up
// and below their limit of requests in flight. A server is down when nothing succeeds any more: at
// once if there are others, else after `BackendOptions::silence_s` (the circuit breaker of Nygard,
// "Release It!", 2007). While it is, it gets one request at a time, at growing intervals; the first
// that is served brings it back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/remote/concurrency_limit.h"

namespace proctor::backends {

class Endpoints {
 public:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  Endpoints(std::vector<std::string> urls, const BackendOptions& options);

  std::size_t size() const { return endpoints_.size(); }
  const std::string& url(std::size_t index) const { return endpoints_[index].url; }
  std::size_t in_flight(std::size_t index) const { return endpoints_[index].in_flight; }
  const ConcurrencyLimit& limit(std::size_t index) const { return endpoints_[index].limit; }
  bool is_down(std::size_t index) const { return endpoints_[index].down; }

  // Who gets the next request; nobody if all that are up have enough.
  std::optional<std::size_t> choose(Clock::time_point now) const;

  // When a server that is down may be tried; nothing if all are up or being tried.
  std::optional<Clock::time_point> next_probe() const;

  // A request worth so many tokens has left for the server.
  void sent(std::size_t index, double tokens);
  // So many of its tokens have come.
  void streamed(std::size_t index, double tokens);
  // The server is serving a request, which is still in flight. What to tell the user, if anything.
  std::optional<std::string> served(std::size_t index, std::optional<Milliseconds> first_byte_after,
                                    Clock::time_point now);
  // A request is over; so many of its tokens had not come.
  void ended(std::size_t index, double tokens);
  // It had failed; `overload` if the server refused it for that reason.
  std::optional<std::string> failed(std::size_t index, bool overload, const Error& why,
                                    Clock::time_point now);
  // Of those in flight so many have waited for their first byte longer than the limit's patience().
  void queued(std::size_t index, std::size_t waiting);

 private:
  struct Endpoint {
    std::string url;
    ConcurrencyLimit limit;
    std::size_t in_flight = 0;
    double outstanding = 0;
    int failures = 0;  // in a row
    Clock::time_point failing_since{};
    bool down = false;
    int probes = 0;  // since it went down
    Clock::time_point probe_at{};
  };

  bool dead(const Endpoint& endpoint, Clock::time_point now) const;
  Clock::duration until_next_probe(const Endpoint& endpoint) const;

  double first_backoff_s_;
  double silence_s_;
  std::vector<Endpoint> endpoints_;
};

}  // namespace proctor::backends
