// Contests from the public Codeforces API (codeforces.com/apiHelp): two answers each, asked for no
// faster than its rules allow.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "backends/remote/http_exchange.h"
#include "harness/core/result.h"
#include "tasks/contests/contests.h"

namespace proctor::harness::data {

constexpr const char* kCodeforcesApi = "https://codeforces.com/api";

// What the fetching needs of the world.
struct FetchWorld {
  std::function<Result<backends::ExchangeAnswer>(const std::string& url)> get;
  std::function<std::chrono::steady_clock::time_point()> now;
  std::function<void(std::chrono::milliseconds)> wait;
};

// The network, the clock, and sleep.
FetchWorld real_fetch_world();

// Asks one API, one request at a time, for as long as it lives. Not thread-safe.
class ContestFetcher {
 public:
  // `base_url` without a slash at its end.
  ContestFetcher(std::string base_url, FetchWorld world);

  // Asks for a contest by its number, in two requests. One that the other side is too busy for, or
  // that breaks on the way, is repeated a few times, with longer and longer pauses.
  // Errors: transport, after that; refused; invalid_input, as tasks::contests::join_answers().
  Result<tasks::contests::JoinedContest> fetch(const std::string& id);

 private:
  Result<std::string> ask(const std::string& url);
  void wait_for_turn(std::chrono::milliseconds pause);

  std::string base_url_;
  FetchWorld world_;
  std::optional<std::chrono::steady_clock::time_point> last_request_;
};

}  // namespace proctor::harness::data
