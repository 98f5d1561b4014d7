#include "harness/hub/client.h"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "backends/remote/chat_protocol.h"
#include "backends/remote/retry.h"
#include "harness/process/console.h"
#include "harness/process/live_line.h"
#include "harness/process/version.h"

namespace proctor::harness::hub {
namespace {

using backends::ExchangeAnswer;
using backends::ExchangeRequest;
using std::chrono::milliseconds;

constexpr milliseconds kLongestPause(60'000);
constexpr milliseconds kLongestRetryAfter(600'000);
constexpr milliseconds kLongEnoughToSay(4'000);

bool may_pass(long status) {
  constexpr long kNotImplemented = 501;  // what the rows service says of rows that are too big
  return status == 408 || status == 429 || (status >= 500 && status != kNotImplemented);
}

std::optional<milliseconds> retry_after(const ExchangeAnswer& answer) {
  const std::optional<milliseconds> asked = backends::parse_retry_after(
      answer.header("retry-after").value_or(""), std::chrono::system_clock::now());
  return asked ? std::min(*asked, kLongestRetryAfter) : asked;
}

// On a terminal it takes the place of the line that shows how far a download is.
void say_waiting(const std::string& why, milliseconds time) {
  say(fmt::format("{}proctor: {}; trying again in {} s\n", erase_live_line(), why,
                  std::chrono::ceil<std::chrono::seconds>(time).count()));
}

// The hub's own words, if it has any, as a line: a header, or what JSON says of the error. Pages
// for browsers are none.
std::string words_of(const ExchangeAnswer& answer) {
  if (const auto message = answer.header("x-error-message")) {
    return backends::error_excerpt(*message);
  }
  return answer.body.starts_with('{') ? backends::error_excerpt(answer.body) : "";
}

// "ENDPOINT/ORG/NAME" or "ENDPOINT/datasets/ORG/NAME": where the terms are that one agrees to.
std::string page_of(const HubSettings& settings, const std::string& url) {
  if (const std::size_t resolve = url.find("/resolve/"); resolve != std::string::npos) {
    return url.substr(0, resolve);
  }
  constexpr std::string_view kData = "/api/datasets/";
  constexpr std::string_view kModels = "/api/models/";
  for (const std::string_view api : {kData, kModels}) {
    const std::size_t at = url.find(api);
    if (at == std::string::npos) continue;
    const std::string rest = url.substr(at + api.size());
    return settings.endpoint + (api == kData ? "/datasets/" : "/") +
           rest.substr(0, rest.find("/revision/"));
  }
  return settings.endpoint;
}

}  // namespace

HubClient::HubClient(HubSettings settings, std::stop_token stop)
    : settings_(std::move(settings)),
      stop_(std::move(stop)),
      exchanger_(backends::ExchangeOptions{.user_agent = std::string("proctor/") + kVersion,
                                           .ca_file = settings_.ca_file}) {}

bool HubClient::is_own(const std::string& url) const {
  return url.starts_with(settings_.endpoint + "/") ||
         url.starts_with(settings_.rows_endpoint + "/");
}

Result<void> HubClient::wait(milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop_, time, [] { return false; });
  if (stop_.stop_requested()) return Error(ErrorCode::interrupted, "interrupted");
  return {};
}

Result<ExchangeAnswer> HubClient::ask(const MakeRequest& make,
                                      const std::function<std::uint64_t()>& progress) {
  milliseconds pause = settings_.pause;
  std::uint64_t reached = progress ? progress() : 0;
  for (int tries = 1;; ++tries) {
    ExchangeRequest request = make();
    if (!settings_.token.empty() && is_own(request.url)) {
      request.secret_headers.push_back("Authorization: Bearer " + settings_.token);
    }
    Result<ExchangeAnswer> answer = exchanger_.run(request, stop_);
    if (answer && !may_pass(answer->status)) return answer;
    if (!answer && answer.error().code() != ErrorCode::transport) return answer;
    if (progress && progress() > reached) {
      reached = progress();
      tries = 0;
      pause = settings_.pause;
    }
    const std::string why = answer ? fmt::format("{}: HTTP status {}", request.url, answer->status)
                                   : answer.error().message();
    if (tries >= settings_.tries) {
      return Error(ErrorCode::transport, fmt::format("{}, after {} tries", why, tries));
    }
    const milliseconds time = (answer ? retry_after(*answer) : std::nullopt).value_or(pause);
    if (time >= kLongEnoughToSay) say_waiting(why, time);
    if (const Result<void> waited = wait(time); !waited) return waited.error();
    pause = std::min(2 * pause, kLongestPause);
  }
}

Result<ExchangeAnswer> HubClient::get(const std::string& url) {
  Result<ExchangeAnswer> answer = ask([&] { return ExchangeRequest{.url = url}; });
  if (answer && !answer->succeeded()) return refusal(settings_, url, *answer);
  return answer;
}

Error refusal(const HubSettings& settings, const std::string& url, const ExchangeAnswer& answer) {
  const std::string_view code = answer.header("x-error-code").value_or("");
  const std::string words = words_of(answer);
  const std::string said = words.empty() ? "" : fmt::format(" ({})", words);
  const auto error = [&](ErrorCode kind, const std::string& text) {
    return Error(kind, fmt::format("{}: {}{}", url, text, said));
  };
  const bool may_not = answer.status == 401 || answer.status == 403;
  if (code == "GatedRepo" || (may_not && !settings.token.empty())) {
    return error(ErrorCode::refused,
                 fmt::format("it is gated, or not for this account: agree to its terms at {}, and "
                             "set HF_TOKEN to a token of the account that did",
                             page_of(settings, url)));
  }
  if (may_not) {
    return error(ErrorCode::refused,
                 fmt::format("there is no such repository, or it is private or gated: see {}, and "
                             "set HF_TOKEN to a token of an account that may read it",
                             page_of(settings, url)));
  }
  if (answer.status == 404 || answer.status == 410) {
    return error(ErrorCode::not_found, code == "RevisionNotFound" ? "there is no such revision"
                                       : code == "EntryNotFound"  ? "there is no such file"
                                                                  : "not found");
  }
  return error(ErrorCode::refused, fmt::format("HTTP status {}", answer.status));
}

}  // namespace proctor::harness::hub
