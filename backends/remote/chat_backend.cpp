#include "backends/remote/chat_backend.h"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "backends/remote/chat_protocol.h"
#include "backends/remote/http_client.h"
#include "backends/remote/retry.h"
#include "backends/remote/sse.h"

namespace proctor::backends {
namespace {

using Clock = HttpClient::Clock;

// What is kept of an answer that is not a completion; enough to say what it was.
constexpr std::size_t kMostErrorBytes = 64U << 10;

// A server is gone, or wrong for us, when this many requests fail in a row (or as many as are in
// flight, if that is more).
constexpr std::size_t kFewestFailures = 16;

// Descriptors that the rest of the process needs.
constexpr rlim_t kOtherDescriptors = 64;

std::chrono::milliseconds to_ms(double seconds) {
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::int64_t ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

// One request on its way to a reply, through as many attempts as it takes.
struct Call {
  Request request;
  std::string body;
  int attempts = 0;
  // Of the present attempt:
  Clock::time_point sent;
  Clock::time_point first_byte;
  bool any_byte = false;
  bool streaming = false;
  std::string response;
  SseParser events;
  ChatStream stream;
  std::optional<Error> broken;  // what is wrong with the bytes so far

  std::size_t bytes() const { return response.size() + stream.bytes() + events.pending(); }
};

// Lets the process open a descriptor for each request. Errors: invalid_input, naming the limit.
Result<void> allow_descriptors(int concurrency) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  const rlim_t wanted = static_cast<rlim_t>(concurrency) + kOtherDescriptors;
  if (limit.rlim_cur >= wanted) return {};
  if (limit.rlim_max < wanted) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("--concurrency {} needs {} open files, and this process may have {}; "
                             "raise `ulimit -Hn` or ask for less",
                             concurrency, wanted, limit.rlim_max));
  }
  limit.rlim_cur = wanted;
  check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return {};
}

// One serve(): the calls, their repeats, and the decision what each end of an attempt means.
class Session : private HttpListener {
 public:
  Session(const std::string& model, const BackendOptions& options, RequestFeed& feed,
          ReplySink& sink)
      : model_(model),
        options_(options),
        feed_(feed),
        sink_(sink),
        random_(std::random_device()()) {}

  Result<void> run(const std::string& url, std::stop_token stop);

 private:
  struct Repeat {
    Clock::time_point due;
    std::size_t call;
    bool operator>(const Repeat& other) const { return due > other.due; }
  };

  bool within_limit(Call& call) const;
  bool received(std::size_t call, std::string_view bytes) override;
  void completed(std::size_t call, const HttpOutcome& outcome) override;

  void fill();
  void send(std::size_t call);
  void send_due(Clock::time_point now);
  Result<Generation> read_reply(Call& call, const HttpOutcome& outcome) const;
  Fault fault_of(const HttpOutcome& outcome, const Error& error) const;
  void succeed(std::size_t index, Generation reply);
  void fail(std::size_t index, const HttpOutcome& outcome, const Error& error);
  void end(std::size_t index, Result<Generation> reply);
  void give_up(Error error);
  std::string redacted(std::string text) const;

  const std::string& model_;
  const BackendOptions& options_;
  RequestFeed& feed_;
  ReplySink& sink_;
  std::mt19937_64 random_;  // jitter only: nothing that is stored depends on it
  std::vector<Call> calls_;
  std::vector<std::size_t> free_;
  std::priority_queue<Repeat, std::vector<Repeat>, std::greater<>> repeats_;
  bool dry_ = false;
  bool answered_ = false;               // any reply so far
  std::size_t failures_in_a_row_ = 0;   // requests given up since the last reply
  std::optional<Error> fatal_;          // nothing new is sent; what is in flight may still arrive
  std::unique_ptr<HttpClient> client_;  // last: ending, it still uses what stands above
};

Result<void> Session::run(const std::string& url, std::stop_token stop) {
  const std::size_t capacity = static_cast<std::size_t>(options_.concurrency);
  HttpOptions http{.url = url,
                   .headers = {"Content-Type: application/json", "Expect:",
                               options_.stream ? "Accept: text/event-stream, application/json"
                                               : "Accept: application/json",
                               "User-Agent: proctor"},
                   .capacity = capacity,
                   .idle_timeout = to_ms(options_.idle_timeout_s),
                   .connect_timeout = to_ms(options_.connect_timeout_s)};
  if (!options_.api_key.empty()) {
    http.headers.push_back("Authorization: Bearer " + options_.api_key);
  }
  Result<std::unique_ptr<HttpClient>> client = HttpClient::make(std::move(http), *this);
  if (!client) return client.error();
  client_ = std::move(*client);
  calls_.resize(capacity);
  for (std::size_t i = capacity; i > 0; --i) free_.push_back(i - 1);
  const std::stop_callback waker(stop, [this] { client_->wake(); });

  while (!stop.stop_requested()) {
    if (fatal_) {
      // Requests that wait for their repeat go back unanswered; replies on their way are paid for.
      if (free_.size() + repeats_.size() == capacity) return *fatal_;
    } else {
      send_due(Clock::now());
      fill();
      if (free_.size() == capacity && dry_) return {};
    }
    const bool idle = fatal_ || repeats_.empty();
    client_->wait(idle ? Clock::now() + std::chrono::hours(1) : repeats_.top().due);
  }
  return {};
}

void Session::fill() {
  while (!free_.empty() && !dry_) {
    std::optional<Request> request = feed_.next();
    if (!request) {
      dry_ = true;
      return;
    }
    const std::size_t index = free_.back();
    free_.pop_back();
    Call& call = calls_[index];
    call.request = std::move(*request);
    call.body = chat_request_body(model_, call.request, options_.stream);
    call.attempts = 0;
    sink_.started(call.request.ticket);
    send(index);
  }
}

void Session::send(std::size_t index) {
  Call& call = calls_[index];
  ++call.attempts;
  call.sent = Clock::now();
  call.any_byte = false;
  call.streaming = false;
  call.response.clear();
  call.events.reset();
  call.stream = ChatStream();
  call.broken.reset();
  client_->post(index, call.body);
}

void Session::send_due(Clock::time_point now) {
  while (!repeats_.empty() && repeats_.top().due <= now) {
    const std::size_t index = repeats_.top().call;
    repeats_.pop();
    send(index);
  }
}

// Whether the reply is still of a size that a model's can have; if not, the call is broken.
bool Session::within_limit(Call& call) const {
  if (call.bytes() <= kMostReplyBytes) return true;
  call.broken = Error(ErrorCode::transport, "the reply is longer than 64 MiB");
  return false;
}

bool Session::received(std::size_t index, std::string_view bytes) {
  Call& call = calls_[index];
  if (!call.any_byte) {
    call.any_byte = true;
    call.first_byte = Clock::now();
    // A server that cannot stream answers whole; what it sends decides, not what was asked.
    call.streaming = client_->is_response(index, 200, "text/event-stream");
  }
  if (!call.streaming) {
    const bool whole = client_->is_response(index, 200, "");
    const std::size_t most = whole ? kMostReplyBytes : kMostErrorBytes;
    call.response += bytes.substr(0, most + 1 - std::min(most + 1, call.response.size()));
    return within_limit(call) || !whole;
  }
  const int before = call.stream.pieces();
  call.events.feed(bytes, [&](std::string_view payload) {
    if (call.broken) return;
    const Result<void> taken = call.stream.take(payload);
    if (!taken) call.broken = taken.error();
  });
  const int pieces = call.stream.pieces() - before;
  if (pieces > 0) sink_.streamed(call.request.ticket, pieces);
  return !call.broken && within_limit(call);
}

void Session::completed(std::size_t index, const HttpOutcome& outcome) {
  Result<Generation> reply = read_reply(calls_[index], outcome);
  if (reply) {
    succeed(index, std::move(*reply));
  } else {
    fail(index, outcome, Error(reply.error().code(), redacted(reply.error().message())));
  }
}

Result<Generation> Session::read_reply(Call& call, const HttpOutcome& outcome) const {
  if (call.broken) return *call.broken;
  if (outcome.status != 200 && outcome.status != 0 && !outcome.error) {
    return Error(ErrorCode::transport, fmt::format("HTTP {}: {}", outcome.status,
                                                   error_excerpt(redacted(call.response))));
  }
  if (call.streaming && !outcome.error) {
    std::optional<Error> broken;
    call.events.finish([&](std::string_view payload) {
      const Result<void> taken = call.stream.take(payload);
      if (!taken && !broken) broken = taken.error();
    });
    if (broken) return *broken;
  }
  // A stream whose model has ended is whole, however its connection ends.
  if (outcome.error && !(call.streaming && call.stream.ended())) return *outcome.error;
  if (call.streaming) return call.stream.finish();
  if (!call.response.empty() && outcome.content_type.starts_with("text/html")) {
    return Error(ErrorCode::transport, "an HTML page instead of a reply: is a proxy in the way?");
  }
  return parse_chat_reply(call.response);
}

void Session::succeed(std::size_t index, Generation reply) {
  Call& call = calls_[index];
  failures_in_a_row_ = 0;
  answered_ = true;
  reply.attempts = call.attempts;
  reply.first_token_ms = ms_between(call.sent, call.first_byte);
  reply.total_ms = ms_between(call.sent, Clock::now());
  if (!call.streaming) {
    const std::int64_t tokens = reply.usage.completion.value_or(1);
    sink_.streamed(call.request.ticket, static_cast<int>(std::min<std::int64_t>(tokens, 1 << 20)));
  }
  end(index, std::move(reply));
}

Fault Session::fault_of(const HttpOutcome& outcome, const Error& error) const {
  if (error.code() == ErrorCode::refused) return Fault::fatal;  // libcurl's: URL or certificate
  const bool answered = outcome.status != 0 && !outcome.error;
  return answered ? fault_of_status(outcome.status) : Fault::transient;
}

void Session::fail(std::size_t index, const HttpOutcome& outcome, const Error& error) {
  Call& call = calls_[index];
  Fault fault = fault_of(outcome, error);
  if (fault == Fault::fatal_at_first) fault = answered_ ? Fault::transient : Fault::fatal;
  const bool again = fault == Fault::fatal || (fault == Fault::transient &&
                                               (fatal_ || call.attempts < options_.max_attempts));
  if (again) {
    // After a fatal fault the repeat is never sent: the request goes back unanswered.
    const auto wait =
        backoff(call.attempts, random_(),
                parse_retry_after(outcome.retry_after, std::chrono::system_clock::now()), options_);
    repeats_.push({Clock::now() + wait, index});
    if (fault == Fault::fatal) {
      give_up(Error(ErrorCode::refused, error.message()));
    } else {
      sink_.retried(call.request.ticket, error);
    }
    return;
  }
  end(index,
      Error(fault == Fault::refused ? ErrorCode::refused : ErrorCode::transport, error.message()));
  const std::size_t enough = std::max(calls_.size(), kFewestFailures);
  if (fault == Fault::refused && answered_) return;  // about this request alone
  if (++failures_in_a_row_ <= enough) return;
  give_up(Error(fault == Fault::refused ? ErrorCode::refused : ErrorCode::transport,
                fmt::format("{} requests in a row failed, the last with: {}", failures_in_a_row_,
                            error.message())));
}

void Session::give_up(Error error) {
  if (!fatal_) fatal_ = std::move(error);
}

void Session::end(std::size_t index, Result<Generation> reply) {
  const int attempts = calls_[index].attempts;
  free_.push_back(index);
  sink_.finished(calls_[index].request.ticket, std::move(reply), attempts);
}

// A server may quote the key it did not like.
std::string Session::redacted(std::string text) const {
  const std::string& key = options_.api_key;
  for (std::size_t at = 0; !key.empty() && (at = text.find(key, at)) != std::string::npos;) {
    text.replace(at, key.size(), "[key]");
  }
  return text;
}

class ChatBackend : public Backend {
 public:
  ChatBackend(std::string model, std::string base_url, const BackendOptions& options)
      : model_(std::move(model)), base_url_(std::move(base_url)), options_(options) {}

  std::string identity() const override { return "openai-api " + model_; }

  Result<void> serve(RequestFeed& feed, ReplySink& sink, std::stop_token stop) override {
    const Result<void> allowed = allow_descriptors(options_.concurrency);
    if (!allowed) return allowed.error();
    Session session(model_, options_, feed, sink);
    const Result<void> served = session.run(base_url_ + "/chat/completions", std::move(stop));
    if (!served) return served.error().within(base_url_);
    return {};
  }

 private:
  std::string model_;
  std::string base_url_;
  BackendOptions options_;
};

// The URL without its final slashes, or what is wrong with it.
Result<std::string> checked_base_url(std::string url) {
  const auto invalid = [&](std::string_view why) {
    return Error(ErrorCode::invalid_input, fmt::format("--base-url: {}", why));
  };
  if (url.empty()) return invalid("missing; for example http://127.0.0.1:8000/v1");
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return invalid(fmt::format("\"{}\" is not a URL such as http://127.0.0.1:8000/v1", url));
  }
  char* part = nullptr;
  if (curl_url_get(parsed.get(), CURLUPART_USER, &part, 0) == CURLUE_OK) {
    curl_free(part);
    return invalid(
        "carries a user name or password, which would be stored with the run; put the "
        "key into the environment");
  }
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return invalid(fmt::format("\"{}\" is neither http nor https", url));
  }
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Result<std::unique_ptr<Backend>> make_chat_backend(std::string model,
                                                   const BackendOptions& options) {
  Result<std::string> base_url = checked_base_url(options.base_url);
  if (!base_url) return base_url.error();
  return std::unique_ptr<Backend>(
      std::make_unique<ChatBackend>(std::move(model), std::move(*base_url), options));
}

}  // namespace proctor::backends
