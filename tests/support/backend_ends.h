// The two ends of a backend for tests: a list of requests in, a record of what came out.
#pragma once

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

}  // namespace proctor::support
