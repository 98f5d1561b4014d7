#include "backends/remote/session.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <queue>
#include <random>
#include <utility>

#include "backends/remote/blot_out.h"
#include "backends/remote/endpoints.h"
#include "backends/remote/http_client.h"
#include "backends/remote/rate_bucket.h"
#include "backends/remote/reply_reader.h"
#include "backends/remote/request_body.h"
#include "backends/remote/retry.h"
#include "backends/remote/watchdog.h"

namespace proctor::backends {
namespace {

using Clock = HttpClient::Clock;

// A server is gone, or wrong for us, when this many requests fail in a row (or as many as are in
// flight, if that is more).
constexpr std::size_t kFewestFailures = 16;

// A request that a server which answers others meets so often with a fault, overload and broken
// connections aside, is itself the cause. (While a server is down its few trials are spread over
// many requests, so an outage is no danger to one of them.)
constexpr int kMostOwnFailures = 20;

// Tokens of a reply before any is known, and how much each changes what is expected of the next.
constexpr double kFirstExpectation = 1000;
constexpr double kExpectationGain = 1.0 / 16;
constexpr double kBytesPerToken = 4;

constexpr auto kQueueCheck = std::chrono::milliseconds(50);

std::chrono::milliseconds to_ms(double seconds) {
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::chrono::milliseconds ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

bool is_overload(long status) { return status == 429 || status == 503 || status == 529; }

// One request on its way to a reply, through as many attempts as it takes.
struct Call {
  explicit Call(Wire wire) : response(wire) {}

  Request request;
  std::string path;
  std::string body;
  double prompt_tokens = 0;  // roughly
  int attempts = 0;
  int own_failures = 0;  // that may be its own fault
  // Of the present attempt:
  bool in_flight = false;
  std::size_t endpoint = 0;
  double reserved = 0;     // tokens taken from the bucket
  double outstanding = 0;  // of them, those that have not come
  Clock::time_point sent;
  Clock::time_point first_text;
  Clock::time_point last_byte;
  bool any_text = false;
  bool reported = false;  // as stuck
  ReplyReader response;
};

class Session : private HttpListener {
 public:
  Session(const RemoteModel& model, const std::vector<std::string>& base_urls,
          const BackendOptions& options, Pace& pace, RequestFeed& feed, ReplySink& sink)
      : model_(model),
        options_(options),
        pace_(pace),
        feed_(feed),
        sink_(sink),
        endpoints_(base_urls, options),
        random_(std::random_device()()) {}

  Result<void> run(std::stop_token stop);

 private:
  struct Repeat {
    Clock::time_point due;
    std::size_t call;
    bool operator>(const Repeat& other) const { return due > other.due; }
  };

  Result<void> start_client(std::size_t capacity);
  bool received(std::size_t call, std::string_view bytes) override;
  void completed(std::size_t call, const HttpOutcome& outcome) override;

  bool take_next();
  void send_all(Clock::time_point now);
  void send(std::size_t call, std::size_t endpoint, Clock::time_point now);
  void take_due(Clock::time_point now);
  Clock::time_point next_event() const;

  void look_for_queues(Clock::time_point now);
  void look_for_stuck(Clock::time_point now);

  Fault fault_of(const HttpOutcome& outcome, const Error& error) const;
  void count_served(Call& call, Clock::time_point now);
  void succeed(std::size_t index, Generation reply);
  void fail(std::size_t index, const HttpOutcome& outcome, const Error& error);
  void end(std::size_t index, Result<Generation> reply);
  void give_up(Error error);
  void notice(const std::optional<std::string>& text);
  std::string redacted(std::string text) const;

  const RemoteModel& model_;
  const BackendOptions& options_;
  Pace& pace_;
  RequestFeed& feed_;
  ReplySink& sink_;
  Endpoints endpoints_;
  std::mt19937_64 random_;  // jitter only: nothing that is stored depends on it
  std::vector<Call> calls_;
  std::vector<std::size_t> free_;
  std::deque<std::size_t> ready_;  // to be sent as soon as a server has room
  std::priority_queue<Repeat, std::vector<Repeat>, std::greater<>> repeats_;  // not yet
  std::size_t in_flight_ = 0;
  double expected_tokens_ = kFirstExpectation;  // of a reply
  std::optional<Pause> pause_;                  // why there is no request, as the feed last said
  std::size_t failures_in_a_row_ = 0;           // requests given up since the last reply
  std::optional<Clock::time_point> bucket_filled_;  // when the rate limits let the next one go
  Clock::time_point next_queue_check_;
  Clock::time_point next_stuck_check_;
  std::optional<Error> fatal_;          // nothing new is sent; what is in flight may still arrive
  std::unique_ptr<HttpClient> client_;  // last: ending, it still uses what stands above
};

Result<void> Session::start_client(std::size_t capacity) {
  HttpOptions http{.headers = {"Content-Type: application/json", "Expect:",
                               options_.stream ? "Accept: text/event-stream, application/json"
                                               : "Accept: application/json",
                               "User-Agent: proctor"},
                   .ca_file = options_.ca_file,
                   .http2 = options_.http2,
                   .capacity = capacity,
                   .idle_timeout = to_ms(options_.idle_timeout_s),
                   .connect_timeout = to_ms(options_.connect_timeout_s)};
  const Provider& provider = *model_.provider;
  if (!provider.other_header.empty()) http.headers.emplace_back(provider.other_header);
  if (!options_.api_key.empty()) {
    http.headers.push_back(std::string(provider.key_header) + options_.api_key);
  }
  Result<std::unique_ptr<HttpClient>> client = HttpClient::make(std::move(http), *this);
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

Result<void> Session::run(std::stop_token stop) {
  const std::size_t capacity = static_cast<std::size_t>(options_.concurrency);
  const Result<void> started = start_client(capacity);
  if (!started) return started;
  calls_.assign(capacity, Call(model_.provider->wire));
  for (std::size_t i = capacity; i > 0; --i) free_.push_back(i - 1);
  const std::stop_callback waker(stop, [this] { client_->wake(); });
  const Clock::time_point begun = Clock::now();
  if (options_.deadline_s > 0 && !pace_.deadline) {
    pace_.deadline = begun + to_ms(options_.deadline_s);
  }
  next_stuck_check_ = begun + to_ms(options_.watchdog_s);

  while (!stop.stop_requested()) {
    const Clock::time_point now = Clock::now();
    if (pace_.deadline && now >= *pace_.deadline) {
      return Error(ErrorCode::transport,
                   fmt::format("the deadline of {} s has passed", options_.deadline_s));
    }
    if (fatal_) {
      // Requests that wait for their repeat go back unanswered; replies on their way are paid for.
      if (in_flight_ == 0) return *fatal_;
    } else {
      take_due(now);
      send_all(now);
      if (free_.size() == capacity && pause_ == Pause::ended) return {};
      if (fatal_) continue;
    }
    look_for_queues(now);
    look_for_stuck(now);
    client_->wait(next_event());
  }
  return {};
}

Clock::time_point Session::next_event() const {
  Clock::time_point next = std::min({pace_.deadline.value_or(Clock::time_point::max()),
                                     next_stuck_check_, Clock::now() + std::chrono::hours(1)});
  if (options_.adaptive) next = std::min(next, next_queue_check_);
  if (fatal_) return next;
  if (pause_ == Pause::a_moment && ready_.empty() && !free_.empty()) return Clock::now();
  if (!repeats_.empty()) next = std::min(next, repeats_.top().due);
  if (ready_.empty()) return next;
  if (bucket_filled_) next = std::min(next, *bucket_filled_);
  return std::min(next, endpoints_.next_probe().value_or(next));
}

// Prepares the next new request. False if there is none, or no room for it.
bool Session::take_next() {
  const bool waits = pause_ && *pause_ != Pause::a_moment;
  if (free_.empty() || waits || fatal_) return false;
  pause_.reset();
  std::optional<Request> request = feed_.next();
  if (!request) {
    pause_ = feed_.pause();
    return false;
  }
  Result<std::string> path = request_path(model_, request->prompt);
  if (!path) {
    give_up(path.error());
    return false;
  }
  const std::size_t index = free_.back();
  free_.pop_back();
  Call& call = calls_[index];
  call.request = std::move(*request);
  call.path = std::move(*path);
  call.body = request_body(model_, call.request, options_.stream);
  call.prompt_tokens = static_cast<double>(call.body.size()) / kBytesPerToken;
  call.attempts = 0;
  call.own_failures = 0;
  ready_.push_back(index);
  return true;
}

void Session::send_all(Clock::time_point now) {
  bucket_filled_.reset();
  while (!ready_.empty() || take_next()) {
    const std::optional<std::size_t> endpoint = endpoints_.choose(now);
    if (!endpoint) return;
    const std::size_t index = ready_.front();
    Call& call = calls_[index];
    const double limit = static_cast<double>(call.request.sampling.max_tokens);
    call.reserved = call.prompt_tokens + std::min(expected_tokens_, limit);
    const Clock::duration wait =
        std::max(pace_.requests.wait(1, now), pace_.tokens.wait(call.reserved, now));
    if (wait > Clock::duration::zero()) {
      bucket_filled_ = now + wait;
      return;
    }
    ready_.pop_front();
    send(index, *endpoint, now);
  }
}

void Session::send(std::size_t index, std::size_t endpoint, Clock::time_point now) {
  Call& call = calls_[index];
  if (call.attempts++ == 0) sink_.started(call.request.ticket);
  pace_.requests.take(1, now);
  pace_.tokens.take(call.reserved, now);
  call.in_flight = true;
  call.endpoint = endpoint;
  call.outstanding = call.reserved;
  call.sent = call.last_byte = now;
  call.any_text = call.reported = false;
  call.response.restart();
  endpoints_.sent(endpoint, call.reserved);
  ++in_flight_;
  client_->post(index, endpoints_.url(endpoint) + call.path, call.body);
}

void Session::take_due(Clock::time_point now) {
  while (!repeats_.empty() && repeats_.top().due <= now) {
    ready_.push_back(repeats_.top().call);
    repeats_.pop();
  }
}

void Session::look_for_queues(Clock::time_point now) {
  if (!options_.adaptive || now < next_queue_check_) return;
  next_queue_check_ = now + kQueueCheck;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    const std::optional<std::chrono::milliseconds> patience = endpoints_.limit(i).patience();
    if (!patience) continue;
    const auto waits = [&](const Call& call) {
      return call.in_flight && call.endpoint == i && !call.any_text && now - call.sent > *patience;
    };
    endpoints_.queued(i,
                      static_cast<std::size_t>(std::count_if(calls_.begin(), calls_.end(), waits)));
  }
}

void Session::look_for_stuck(Clock::time_point now) {
  if (now < next_stuck_check_) return;
  const std::chrono::milliseconds most = to_ms(options_.watchdog_s);
  next_stuck_check_ = now + most / 4;
  std::vector<StuckSample> stuck;
  for (Call& call : calls_) {
    if (!call.in_flight || call.reported || now - call.last_byte < most) continue;
    call.reported = true;  // once for each standstill
    const auto silent = now - call.last_byte;
    stuck.push_back(
        {.task = call.request.task,
         .question_id = call.request.question_id,
         .repeat = call.request.repeat,
         .attempt = call.attempts,
         .url = endpoints_.url(call.endpoint),
         .silent = std::chrono::duration_cast<std::chrono::seconds>(silent),
         .since = std::chrono::system_clock::now() -
                  std::chrono::duration_cast<std::chrono::system_clock::duration>(silent),
         .bytes = call.response.bytes()});
  }
  if (!stuck.empty()) sink_.noticed(describe_stuck(stuck));
}

bool Session::received(std::size_t index, std::string_view bytes) {
  Call& call = calls_[index];
  const Clock::time_point now = client_->now();
  call.last_byte = now;
  call.reported = false;
  if (!call.response.begun()) {
    call.first_text = now;
    // A server that cannot stream answers whole; what it sends decides, not what was asked.
    call.response.begin(client_->is_response(index, 200, ""),
                        client_->is_response(index, 200, "text/event-stream"));
  }
  const int before = call.response.pieces();
  const bool sound = call.response.take(bytes);
  if (const int pieces = call.response.pieces() - before; pieces > 0) {
    if (!call.any_text) call.first_text = now;
    count_served(call, now);
    const double come = std::min<double>(pieces, call.outstanding);
    call.outstanding -= come;
    endpoints_.streamed(call.endpoint, come);
    sink_.streamed(call.request.ticket, pieces);
  }
  return sound;
}

// At the first text of a stream, or when a whole reply is there.
void Session::count_served(Call& call, Clock::time_point now) {
  if (std::exchange(call.any_text, true)) return;
  std::optional<std::chrono::milliseconds> wait;
  if (call.response.is_stream()) wait = ms_between(call.sent, now);
  notice(endpoints_.served(call.endpoint, wait, now));
  // There may be room for more now, which wait() does not know.
  if (!ready_.empty() || (!pause_ && !free_.empty())) client_->return_soon();
}

void Session::completed(std::size_t index, const HttpOutcome& outcome) {
  Call& call = calls_[index];
  Result<Generation> reply = call.response.finish(outcome, options_.api_key);
  const Clock::time_point now = Clock::now();
  const bool refused_by_live_server =
      !outcome.error && outcome.status != 200 && fault_of_status(outcome.status) == Fault::refused;
  if (reply || refused_by_live_server) count_served(call, now);
  endpoints_.ended(call.endpoint, call.outstanding);
  call.in_flight = false;
  --in_flight_;
  if (reply) {
    succeed(index, std::move(*reply));
  } else {
    fail(index, outcome, Error(reply.error().code(), redacted(reply.error().message())));
  }
}

void Session::succeed(std::size_t index, Generation reply) {
  Call& call = calls_[index];
  const Clock::time_point now = Clock::now();
  failures_in_a_row_ = 0;
  pace_.answered = true;
  reply.attempts = call.attempts;
  reply.first_token_ms = ms_between(call.sent, call.first_text).count();
  reply.total_ms = ms_between(call.sent, now).count();
  reply.served_by = redacted(std::move(reply.served_by));
  if (!call.response.is_stream()) {
    const std::int64_t tokens = reply.usage.completion.value_or(1);
    sink_.streamed(call.request.ticket, static_cast<int>(std::min<std::int64_t>(tokens, 1 << 20)));
  }
  if (reply.usage.completion) {
    const double completion = static_cast<double>(*reply.usage.completion);
    const double prompt = static_cast<double>(reply.usage.prompt.value_or(0));
    pace_.tokens.take(prompt + completion - call.reserved, now);
    expected_tokens_ += kExpectationGain * (completion - expected_tokens_);
  }
  end(index, std::move(reply));
}

Fault Session::fault_of(const HttpOutcome& outcome, const Error& error) const {
  if (error.code() == ErrorCode::refused) return Fault::fatal;  // libcurl's: URL or certificate
  if (error.code() == ErrorCode::not_found) return Fault::fatal_at_first;  // no such host
  if (error.code() == ErrorCode::invalid_input) return Fault::refused;     // said within the reply
  const bool answered = outcome.status != 0 && !outcome.error;
  return answered ? fault_of_status(outcome.status) : Fault::transient;
}

void Session::fail(std::size_t index, const HttpOutcome& outcome, const Error& error) {
  Call& call = calls_[index];
  const Clock::time_point now = Clock::now();
  const bool overload = !outcome.error && is_overload(outcome.status);
  Fault fault = fault_of(outcome, error);
  if (fault == Fault::fatal_at_first) fault = pace_.answered ? Fault::transient : Fault::fatal;
  if (fault != Fault::refused) notice(endpoints_.failed(call.endpoint, overload, error, now));
  pace_.tokens.take(call.prompt_tokens - call.reserved, now);
  if (outcome.status != 0 && !overload && pace_.answered) ++call.own_failures;
  const bool hopeless = call.own_failures >= kMostOwnFailures;
  const bool may_repeat =
      fatal_ ||
      (!hopeless && (options_.max_attempts == 0 || call.attempts < options_.max_attempts));
  if (fault == Fault::fatal || (fault == Fault::transient && may_repeat)) {
    // After a fatal fault the repeat is never sent: the request goes back unanswered.
    const auto wait =
        backoff(call.attempts, random_(),
                parse_retry_after(outcome.retry_after, std::chrono::system_clock::now()), options_);
    repeats_.push({now + wait, index});
    if (fault == Fault::fatal) {
      give_up(Error(ErrorCode::refused, endpoints_.url(call.endpoint) + ": " + error.message()));
    } else {
      sink_.retried(call.request.ticket, error);
    }
    return;
  }
  const std::string url = endpoints_.url(call.endpoint);
  const auto code = fault == Fault::refused ? ErrorCode::refused : ErrorCode::transport;
  end(index, Error(code, error.message()));
  const std::size_t enough = std::max(calls_.size(), kFewestFailures);
  if ((fault == Fault::refused || hopeless) && pace_.answered) return;  // about this request alone
  if (++failures_in_a_row_ <= enough) return;
  give_up(Error(code, fmt::format("{}: {} requests in a row failed, the last with: {}", url,
                                  failures_in_a_row_, error.message())));
}

void Session::give_up(Error error) {
  if (!fatal_) fatal_ = std::move(error);
}

void Session::notice(const std::optional<std::string>& text) {
  if (text) sink_.noticed(redacted(*text));
}

void Session::end(std::size_t index, Result<Generation> reply) {
  const int attempts = calls_[index].attempts;
  if (pause_ == Pause::until_reply) pause_.reset();
  free_.push_back(index);
  sink_.finished(calls_[index].request.ticket, std::move(reply), attempts);
}

std::string Session::redacted(std::string text) const {
  return blotted_out(std::move(text), options_.api_key);
}

}  // namespace

Result<void> run_session(const RemoteModel& model, const std::vector<std::string>& base_urls,
                         const BackendOptions& options, Pace& pace, RequestFeed& feed,
                         ReplySink& sink, std::stop_token stop) {
  Session session(model, base_urls, options, pace, feed, sink);
  return session.run(std::move(stop));
}

}  // namespace proctor::backends
