#include "backends/remote/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace proctor::backends {

Fault fault_of_status(long status) {
  switch (status) {
    case 408:
    case 409:
    case 425:
    case 429:
      return Fault::transient;
    case 401:
    case 403:
    case 404:
    case 405:
      return Fault::fatal;
    default:
      // Redirects are not followed: a POST turned into a GET would only hide a wrong URL.
      if (status >= 300 && status < 400) return Fault::fatal;
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
    if (!(seconds >= 0 && seconds < 1e7)) return std::nullopt;
    return std::chrono::milliseconds(std::llround(seconds * 1000));
  }
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date == -1) return std::nullopt;
  const auto wait = std::chrono::system_clock::from_time_t(date) - now;
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::duration_cast<std::chrono::milliseconds>(wait));
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
