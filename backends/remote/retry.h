// When an attempt failed: is it worth another, and after how long? Pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "backends/backend.h"

namespace proctor::backends {

// What a failed attempt means for its request and for the run.
enum class Fault {
  transient,  // try again: overload, outage, a broken connection or reply
  refused,    // this request will never be answered: too long, malformed for that server
  fatal,      // no request will be: wrong key, no money left
  // Before any reply, a wrong URL or model, and fatal. After one, it is about this request (a
  // moderator's 403) or passes (a proxy's 404 while its server restarts): tried again, then failed.
  fatal_at_first,
};

// For an HTTP status other than 200 (RFC 9110 section 15; 425 RFC 8470; 429 RFC 6585; 529 is
// Anthropic's "overloaded").
Fault fault_of_status(long status);

// Retry-After (RFC 9110, section 10.2.3): seconds, or a date compared with `now`. At most an hour;
// nothing if absent or unreadable.
std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now);

// How long to wait after the given number of failed attempts (1 or more): exponential with full
// jitter, so that a thousand requests refused together do not come back together (Brooker,
// "Exponential Backoff and Jitter", AWS Architecture Blog 2015), and never less than the server
// asked for. `random` is any 64 random bits.
std::chrono::milliseconds backoff(int failed_attempts, std::uint64_t random,
                                  std::optional<std::chrono::milliseconds> retry_after,
                                  const BackendOptions& options);

}  // namespace proctor::backends
