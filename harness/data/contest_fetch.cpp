#include "harness/data/contest_fetch.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "harness/process/version.h"

namespace proctor::harness::data {
namespace {

using std::chrono::milliseconds;

// What the site allows: one request per two seconds.
constexpr milliseconds kBetweenRequests(2'000);
constexpr int kMostTries = 5;

// What a busy site says, with status 400 and in place of a result.
bool is_over_limit(const std::string& body) {
  return body.find("Call limit exceeded") != std::string::npos;
}

bool may_pass(const backends::ExchangeAnswer& answer) {
  constexpr long kTooManyRequests = 429;
  constexpr long kServerErrors = 500;
  return answer.status == kTooManyRequests || answer.status >= kServerErrors ||
         is_over_limit(answer.body);
}

// A refusal in JSON is told by what reads it, in the site's own words.
bool is_json(const std::string& body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && body[first] == '{';
}

}  // namespace

FetchWorld real_fetch_world() {
  // Shared, as a function object is copied; it keeps the connection from request to request.
  const auto exchanger = std::make_shared<backends::HttpExchanger>(
      backends::ExchangeOptions{.user_agent = std::string("proctor/") + kVersion});
  return {.get = [exchanger](const std::string& url) { return exchanger->run({.url = url}); },
          .now = [] { return std::chrono::steady_clock::now(); },
          .wait = [](milliseconds time) { std::this_thread::sleep_for(time); }};
}

ContestFetcher::ContestFetcher(std::string base_url, FetchWorld world)
    : base_url_(std::move(base_url)), world_(std::move(world)) {}

void ContestFetcher::wait_for_turn(milliseconds pause) {
  if (last_request_) {
    const auto since = std::chrono::floor<milliseconds>(world_.now() - *last_request_);
    if (since < pause) world_.wait(pause - since);
  }
  last_request_ = world_.now();
}

Result<std::string> ContestFetcher::ask(const std::string& url) {
  Error last(ErrorCode::transport, "not asked");
  milliseconds pause = kBetweenRequests;
  for (int tries = 0; tries < kMostTries; ++tries, pause *= 2) {
    wait_for_turn(pause);
    Result<backends::ExchangeAnswer> answer = world_.get(url);
    if (!answer) {
      if (answer.error().code() != ErrorCode::transport) return answer.error();
      last = answer.error();
    } else if (may_pass(*answer)) {
      last = Error(ErrorCode::transport,
                   fmt::format("HTTP status {}{}", answer->status,
                               is_over_limit(answer->body) ? ", call limit exceeded" : ""))
                 .within(url);
    } else if (answer->status != 200 && !is_json(answer->body)) {
      return Error(ErrorCode::refused, fmt::format("HTTP status {}", answer->status)).within(url);
    } else {
      return std::move(answer->body);
    }
  }
  return Error(last.code(), fmt::format("{}, after {} tries", last.message(), kMostTries));
}

Result<tasks::contests::JoinedContest> ContestFetcher::fetch(const std::string& id) {
  const std::string standings_url =
      fmt::format("{}/contest.standings?contestId={}&showUnofficial=false", base_url_, id);
  const std::string changes_url =
      fmt::format("{}/contest.ratingChanges?contestId={}", base_url_, id);
  const Result<std::string> standings = ask(standings_url);
  if (!standings) return standings.error();
  const Result<std::string> changes = ask(changes_url);
  if (!changes) return changes.error();
  return tasks::contests::join_answers({standings_url, *standings}, {changes_url, *changes});
}

}  // namespace proctor::harness::data
