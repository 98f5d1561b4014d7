#include "backends/remote/reply_cache.h"

#include <fmt/core.h>

#include <chrono>
#include <unordered_map>
#include <utility>

#include "harness/core/sha256.h"

namespace proctor::backends {
namespace {

using Clock = std::chrono::steady_clock;

// How long kept replies are handed over before the backend below may see to its connections.
constexpr auto kLongestTurn = std::chrono::milliseconds(5);
// Damaged entries that are described one by one; the others are counted.
constexpr int kMostDescribed = 3;

// What was found for a request, so that it is looked for once however often it is asked about.
struct Found {
  std::int64_t ticket = 0;
  std::string key;
  std::optional<Generation> reply;
};

class ReplyCache : public Backend {
 public:
  ReplyCache(std::unique_ptr<Backend> inner, ReplyKeeper keeper, std::string server)
      : inner_(std::move(inner)), keeper_(std::move(keeper)), server_(std::move(server)) {}

  std::string identity() const override { return inner_->identity(); }
  std::optional<bool> prefills_thinking() const override { return inner_->prefills_thinking(); }
  bool takes_raw_prompts() const override { return inner_->takes_raw_prompts(); }
  bool counts_prompts() const override { return inner_->counts_prompts(); }
  std::optional<int> context() const override { return inner_->context(); }
  Controls controls() const override { return inner_->controls(); }
  ServerFacts ask_servers(std::stop_token stop) const override {
    return inner_->ask_servers(std::move(stop));
  }
  std::optional<std::string> wire_text(const Request& request) const override {
    return inner_->wire_text(request);
  }
  bool has_reply(const Request& request) override { return look_up(request).reply.has_value(); }

  Result<void> serve(RequestFeed& feed, ReplySink& sink, std::stop_token stop) override;

 private:
  class Between;

  const Found& look_up(const Request& request);
  void keep(const std::string& key, const Generation& reply);
  void say(const std::string& text) const;

  std::unique_ptr<Backend> inner_;
  ReplyKeeper keeper_;
  std::string server_;
  std::optional<Found> found_;
  ReplySink* sink_ = nullptr;  // while serving
  int damaged_ = 0;
  bool keeps_ = true;
};

// Stands between the caller and the backend below, as the feed of one and the sink of the other.
class ReplyCache::Between : public RequestFeed, public ReplySink {
 public:
  Between(ReplyCache& cache, RequestFeed& feed, ReplySink& sink, std::stop_token stop)
      : cache_(cache), feed_(feed), sink_(sink), stop_(std::move(stop)) {}

  std::optional<Request> next() override {
    const Clock::time_point begun = Clock::now();
    while (!stop_.stop_requested()) {
      std::optional<Request> request = feed_.next();
      pause_ = request ? Pause::a_moment : feed_.pause();
      if (!request) return std::nullopt;
      Found found = cache_.look_up(*request);
      cache_.found_.reset();
      if (!found.reply) {
        asked_.emplace(request->ticket, std::move(found.key));
        return request;
      }
      sink_.started(request->ticket);
      sink_.finished(request->ticket, std::move(*found.reply), 0);
      if (Clock::now() - begun > kLongestTurn) return std::nullopt;
    }
    pause_ = Pause::ended;
    return std::nullopt;
  }
  Pause pause() const override { return pause_; }

  void started(std::int64_t ticket) override { sink_.started(ticket); }
  void streamed(std::int64_t ticket, int tokens) override { sink_.streamed(ticket, tokens); }
  void retried(std::int64_t ticket, const Error& why) override { sink_.retried(ticket, why); }
  void noticed(const std::string& text) override { sink_.noticed(text); }
  Result<void> stored() override { return sink_.stored(); }
  void finished(std::int64_t ticket, Result<Generation> reply, int attempts) override {
    const auto asked = asked_.extract(ticket);
    check(!asked.empty());
    if (reply && worth_keeping(*reply)) cache_.keep(asked.mapped(), *reply);
    sink_.finished(ticket, std::move(reply), attempts);
  }

 private:
  ReplyCache& cache_;
  RequestFeed& feed_;
  ReplySink& sink_;
  std::stop_token stop_;
  Pause pause_ = Pause::ended;
  std::unordered_map<std::int64_t, std::string> asked_;  // keys, by ticket
};

const Found& ReplyCache::look_up(const Request& request) {
  if (found_ && found_->ticket == request.ticket) return *found_;
  found_ = Found{request.ticket, reply_key(*inner_, request, server_).value_or(""), std::nullopt};
  if (found_->key.empty()) return *found_;
  Result<std::optional<Generation>> kept = keeper_.find(found_->key);
  if (!kept) {
    if (++damaged_ <= kMostDescribed) say(kept.error().message() + "; this request is made again");
    return *found_;
  }
  if (!*kept) return *found_;
  Generation& reply = found_->reply.emplace(std::move(**kept));
  reply.from_cache = true;
  reply.attempts = 0;
  reply.first_token_ms = reply.total_ms = 0;
  return *found_;
}

void ReplyCache::keep(const std::string& key, const Generation& reply) {
  if (!keeps_ || key.empty()) return;
  const Result<void> kept = keeper_.keep(key, reply);
  if (kept) return;
  keeps_ = false;
  say(kept.error().message() + "; from here on replies are stored with the run alone");
}

void ReplyCache::say(const std::string& text) const {
  if (sink_ != nullptr) sink_->noticed("response cache: " + text);
}

Result<void> ReplyCache::serve(RequestFeed& feed, ReplySink& sink, std::stop_token stop) {
  sink_ = &sink;
  damaged_ = 0;
  Between between(*this, feed, sink, stop);
  const Result<void> served = inner_->serve(between, between, std::move(stop));
  if (damaged_ > kMostDescribed) {
    say(fmt::format("{} entries in all could not be read", damaged_));
  }
  found_.reset();
  sink_ = nullptr;
  return served;
}

}  // namespace

std::optional<std::string> reply_key(const Backend& backend, const Request& request,
                                     const std::string& server) {
  const std::optional<std::string> wire = backend.wire_text(request);
  if (!wire) return std::nullopt;
  // Lengths first, so that no two of these can read as one.
  return sha256_hex(fmt::format("{}\n{}\n{}{}", request.repeat, server.size(), server, *wire));
}

bool worth_keeping(const Generation& reply) {
  return !reply.from_cache &&
         (reply.finish == FinishReason::stop || reply.finish == FinishReason::length);
}

std::unique_ptr<Backend> make_reply_cache(std::unique_ptr<Backend> inner, ReplyKeeper keeper,
                                          std::string server) {
  return std::make_unique<ReplyCache>(std::move(inner), std::move(keeper), std::move(server));
}

}  // namespace proctor::backends
