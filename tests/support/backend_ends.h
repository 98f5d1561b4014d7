// The two ends of a backend for tests: a list of requests in, a record of what came out.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "backends/backend.h"

namespace proctor::support {

class ListFeed : public backends::RequestFeed {
 public:
  explicit ListFeed(std::vector<backends::Request> requests)
      : requests_(requests.begin(), requests.end()) {}

  std::optional<backends::Request> next() override {
    if (requests_.empty()) return std::nullopt;
    backends::Request request = std::move(requests_.front());
    requests_.pop_front();
    return request;
  }

  std::size_t left() const { return requests_.size(); }

 private:
  std::deque<backends::Request> requests_;
};

class RecordingSink : public backends::ReplySink {
 public:
  struct Entry {
    int started = 0;
    int finished = 0;
    int attempts = 0;
    int tokens = 0;
    std::vector<std::string> retries;
    std::optional<Generation> reply;
    std::optional<Error> error;
  };

  void started(std::int64_t ticket) override { ++entries[ticket].started; }
  void streamed(std::int64_t ticket, int tokens) override { entries[ticket].tokens += tokens; }
  void retried(std::int64_t ticket, const Error& why) override {
    entries[ticket].retries.push_back(why.message());
  }
  void noticed(const std::string& text) override { notices.push_back(text); }
  void finished(std::int64_t ticket, Result<Generation> reply, int attempts) override {
    Entry& entry = entries[ticket];
    ++entry.finished;
    entry.attempts = attempts;
    if (reply) {
      entry.reply = std::move(*reply);
    } else {
      entry.error = reply.error();
    }
    if (on_finished) on_finished();
  }

  std::map<std::int64_t, Entry> entries;
  std::vector<std::string> notices;
  std::function<void()> on_finished;
};

// Hesitates before each request, and lets only so many be under way. Listens to the sink that the
// replies go to, and must live as long.
class HesitantFeed : public ListFeed {
 public:
  HesitantFeed(std::vector<backends::Request> requests, RecordingSink& sink, int most)
      : ListFeed(std::move(requests)), most_(most) {
    sink.on_finished = [this] { --under_way_; };
  }

  std::optional<backends::Request> next() override {
    pause_ = backends::Pause::ended;
    if (left() == 0) return std::nullopt;
    if (under_way_ == most_) {
      pause_ = backends::Pause::until_reply;
      ++held_back;
      return std::nullopt;
    }
    hesitates_ = !hesitates_;
    if (hesitates_) {
      pause_ = backends::Pause::a_moment;
      return std::nullopt;
    }
    most_under_way = std::max(most_under_way, ++under_way_);
    return ListFeed::next();
  }
  backends::Pause pause() const override { return pause_; }

  int held_back = 0;  // how often it had nothing until a reply
  int most_under_way = 0;

 private:
  int most_;
  int under_way_ = 0;
  bool hesitates_ = false;
  backends::Pause pause_ = backends::Pause::ended;
};

}  // namespace proctor::support
