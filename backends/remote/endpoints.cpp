#include "backends/remote/endpoints.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace proctor::backends {
namespace {

// So many failures in a row are no accident where one attempt in ten fails.
constexpr int kFailuresOfOnlyServer = 8;
// A server that refuses at once has nothing outstanding, and would be given everything.
constexpr int kFailuresOfOneOfMany = 3;

constexpr double kLongestProbeS = 15;

double seconds(Endpoints::Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Endpoints::Endpoints(std::vector<std::string> urls, const BackendOptions& options)
    : first_backoff_s_(options.backoff_first_s), silence_s_(options.silence_s) {
  const auto cap = static_cast<std::size_t>(options.concurrency);
  for (std::string& url : urls) {
    endpoints_.push_back({std::move(url), ConcurrencyLimit(cap, options.adaptive)});
  }
}

std::optional<std::size_t> Endpoints::choose(Clock::time_point now) const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    const Endpoint& endpoint = endpoints_[i];
    if (endpoint.down) {
      if (endpoint.probe_at <= now) return i;  // or it would never be up again
      continue;
    }
    if (endpoint.in_flight >= endpoint.limit.value()) continue;
    if (!best || endpoint.outstanding < endpoints_[*best].outstanding) best = i;
  }
  return best;
}

std::optional<Endpoints::Clock::time_point> Endpoints::next_probe() const {
  std::optional<Clock::time_point> next;
  for (const Endpoint& endpoint : endpoints_) {
    if (endpoint.down && endpoint.probe_at != Clock::time_point::max()) {
      next = std::min(next.value_or(endpoint.probe_at), endpoint.probe_at);
    }
  }
  return next;
}

void Endpoints::sent(std::size_t index, double tokens) {
  Endpoint& endpoint = endpoints_[index];
  ++endpoint.in_flight;
  endpoint.outstanding += tokens;
  if (endpoint.down) endpoint.probe_at = Clock::time_point::max();  // one at a time
}

void Endpoints::streamed(std::size_t index, double tokens) {
  Endpoint& endpoint = endpoints_[index];
  endpoint.outstanding -= tokens;
  endpoint.failures = 0;
}

std::optional<std::string> Endpoints::served(std::size_t index,
                                             std::optional<Milliseconds> first_byte_after,
                                             Clock::time_point now) {
  Endpoint& endpoint = endpoints_[index];
  endpoint.limit.served(endpoint.in_flight, first_byte_after);
  endpoint.failures = 0;
  if (!endpoint.down) return std::nullopt;
  endpoint.down = false;
  return fmt::format("{} answers again after {:.0f} s", endpoint.url,
                     seconds(now - endpoint.failing_since));
}

void Endpoints::ended(std::size_t index, double tokens) {
  Endpoint& endpoint = endpoints_[index];
  --endpoint.in_flight;
  // Sums of differences: nothing in flight is nothing outstanding, whatever rounding left.
  endpoint.outstanding = endpoint.in_flight == 0 ? 0 : endpoint.outstanding - tokens;
}

std::optional<std::string> Endpoints::failed(std::size_t index, bool overload, const Error& why,
                                             Clock::time_point now) {
  Endpoint& endpoint = endpoints_[index];
  if (overload) endpoint.limit.refused(endpoint.in_flight);
  if (endpoint.failures++ == 0 && !endpoint.down) endpoint.failing_since = now;
  if (endpoint.down) {
    // Those that were under way when it went down say nothing new.
    if (endpoint.probe_at == Clock::time_point::max()) {
      ++endpoint.probes;
      endpoint.probe_at = now + until_next_probe(endpoint);
    }
    return std::nullopt;
  }
  if (!dead(endpoint, now)) return std::nullopt;
  endpoint.down = true;
  endpoint.probes = 0;
  endpoint.probe_at = now + until_next_probe(endpoint);
  endpoint.limit.silenced();
  return fmt::format(
      "{}: nothing succeeds since {:.0f} s ({} failures in a row, the last: {}); {}", endpoint.url,
      seconds(now - endpoint.failing_since), endpoint.failures, why.message(),
      endpoints_.size() > 1 ? "the other servers are used until it answers again"
                            : "one request at a time is tried until it answers again");
}

void Endpoints::queued(std::size_t index, std::size_t waiting) {
  endpoints_[index].limit.queued(endpoints_[index].in_flight, waiting);
}

bool Endpoints::dead(const Endpoint& endpoint, Clock::time_point now) const {
  const bool others_up =
      std::any_of(endpoints_.begin(), endpoints_.end(),
                  [&](const Endpoint& other) { return &other != &endpoint && !other.down; });
  if (others_up) return endpoint.failures >= kFailuresOfOneOfMany;
  return endpoint.failures >= kFailuresOfOnlyServer &&
         seconds(now - endpoint.failing_since) >= silence_s_;
}

Endpoints::Clock::duration Endpoints::until_next_probe(const Endpoint& endpoint) const {
  const double wait = std::min(kLongestProbeS, first_backoff_s_ * std::ldexp(1, endpoint.probes));
  return std::chrono::ceil<Clock::duration>(std::chrono::duration<double>(wait));
}

}  // namespace proctor::backends
