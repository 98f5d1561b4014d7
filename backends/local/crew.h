// Engines that work side by side, each on a thread of its own, for one thread that hands out
// requests and hears what becomes of them.
//
// Which engine gets a request depends on how far each of them is; what it replies does not.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "backends/engine/engine.h"
#include "harness/core/result.h"

namespace proctor::backends {

// Since the last time.
struct CrewNews {
  std::vector<std::int64_t> sampled;  // whose tokens
  std::vector<engine::EngineReply> finished;
  std::vector<std::pair<std::int64_t, Error>> refused;
  std::optional<Error> failure;  // of an engine, which works no more
};

// All calls from one thread.
class Crew {
 public:
  // The engines must outlive it; nobody else uses them meanwhile. most_unread: requests that wait
  // for an engine to end its step, at most; more fill an engine sooner, fewer leave the last ones
  // for whoever is free. Errors: unavailable, when the system starts no more threads.
  static Result<std::unique_ptr<Crew>> make(std::span<engine::Engine* const> engines,
                                            std::size_t most_unread);
  // Waits for the steps under way; requests that are not finished are dropped.
  ~Crew();

  // Whether another request would soon run.
  bool wants_more();
  // To the engine with the fewest requests among those that want more.
  void hand_out(engine::EngineRequest request);
  // Whether all that was handed out has been answered, in news that were taken.
  bool idle() const { return unanswered_ == 0; }

  // Waits until an engine has ended a step, for `patience` at most, or until `stop`.
  CrewNews take_news(std::stop_token stop, std::chrono::milliseconds patience);

 private:
  struct Member {
    engine::Engine* engine = nullptr;
    std::deque<engine::EngineRequest> inbox;
    std::size_t unfinished = 0;  // handed out and not answered
    bool wants_more = true;
    std::jthread thread{};
  };
  class Reporter;

  Crew(std::span<engine::Engine* const> engines, std::size_t most_unread);
  Member* hungriest();
  void work(Member& member, std::stop_token stop);
  std::deque<engine::EngineRequest> take_inbox(Member& member, std::stop_token stop);
  void report(Member& member, CrewNews news);

  const std::size_t most_unread_;
  std::size_t unanswered_ = 0;  // of the calling thread alone

  std::mutex mutex_;
  std::condition_variable_any for_members_, for_caller_;
  CrewNews news_;
  bool reported_ = false;                         // since news were taken
  std::vector<std::unique_ptr<Member>> members_;  // the last: threads end before all else
};

}  // namespace proctor::backends
