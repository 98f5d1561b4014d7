#include "backends/remote/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <string>

namespace proctor::backends {
namespace {

// Seconds. A server that asks for more is asked again after an hour all the same.
constexpr std::time_t kLongestWait = 3600;

}  // namespace

Fault fault_of_status(long status) {
  switch (status) {
    case 408:
    case 409:
    case 425:
    case 429:
      return Fault::transient;
    case 401:
    case 402:
      return Fault::fatal;
    case 403:
    case 404:
    case 405:
    case 501:  // llama-server, of what it was not started for
      return Fault::fatal_at_first;
    default:
      // Redirects are not followed: a POST turned into a GET would only hide a wrong URL.
      if (status >= 300 && status < 400) return Fault::fatal_at_first;
      return status >= 500 || status < 300 ? Fault::transient : Fault::refused;
  }
}

std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now) {
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\r') || value.ends_with('\n')) {
    value.remove_suffix(1);
  }
  if (value.empty()) return std::nullopt;
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size()) {
    if (!(seconds >= 0)) return std::nullopt;
    const double capped = std::min(seconds, static_cast<double>(kLongestWait));
    return std::chrono::milliseconds(std::llround(capped * 1000));
  }
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date == -1) return std::nullopt;
  const std::time_t wait = date - std::chrono::system_clock::to_time_t(now);
  return std::chrono::seconds(std::clamp<std::time_t>(wait, 0, kLongestWait));
}

std::chrono::milliseconds backoff(int failed_attempts, std::uint64_t random,
                                  std::optional<std::chrono::milliseconds> retry_after,
                                  const BackendOptions& options) {
  const double ceiling = std::min(options.backoff_max_s,
                                  options.backoff_first_s * std::ldexp(1.0, failed_attempts - 1));
  const double unit = static_cast<double>(random >> 11) * 0x1p-53;
  const auto jittered = std::chrono::milliseconds(std::llround(ceiling * unit * 1000));
  // All that were told the same time come back spread over a further tenth of the ceiling.
  if (retry_after) return *retry_after + jittered / 10;
  return jittered;
}

}  // namespace proctor::backends
