// The remote backend against a loopback server in which one attempt in twenty fails in every way
// there is, with thousands of streams open: is anything lost, is a fault ever taken for a reply,
// and does memory stay flat?
//
//   remote_faults [SECONDS [STREAMS [FAULT_PERCENT]]]
//
// Server and client share the process, so the memory is both of theirs.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fake_model.h"
#include "tests/support/fake_server.h"
#include "tests/support/remote_run.h"

namespace {

using namespace proctor;
using namespace proctor::support;
using Clock = std::chrono::steady_clock;

// Samples come again after so many rounds through the problems: the server's log of them is the one
// thing that would grow.
constexpr std::int64_t kRounds = 16;

constexpr auto kGap = std::chrono::milliseconds(40);  // between tokens: streams of some seconds

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  long pages = 0;
  long resident = 0;
  file >> pages >> resident;
  return static_cast<double>(resident) * 4096 / 1e6;
}

// Endless requests until the time is over.
class Feed : public backends::RequestFeed {
 public:
  Feed(std::vector<std::string> problems, Clock::time_point end)
      : problems_(std::move(problems)), end_(end) {}

  std::optional<backends::Request> next() override {
    if (Clock::now() >= end_) return std::nullopt;
    const std::int64_t ticket = asked_++;
    const std::string& problem = problems_[static_cast<std::size_t>(ticket) % problems_.size()];
    return backends::Request{.ticket = ticket,
                             .task = "sums",
                             .question_id = problem,
                             .repeat = 0,
                             .prompt = {{"user", problem}},
                             .sampling = {},
                             .seed = seed(ticket)};
  }

  std::int64_t asked() const { return asked_; }
  std::uint64_t seed(std::int64_t ticket) const {
    return static_cast<std::uint64_t>(ticket / std::ssize(problems_) % kRounds);
  }
  const std::string& problem(std::int64_t ticket) const {
    return problems_[static_cast<std::size_t>(ticket) % problems_.size()];
  }

 private:
  std::vector<std::string> problems_;
  Clock::time_point end_;
  std::int64_t asked_ = 0;
};

// Compares each reply with what the model must have said, and keeps none.
class Judge : public backends::ReplySink {
 public:
  Judge(const FakeModel& model, const Feed& feed) : model_(model), feed_(feed) {}

  void started(std::int64_t) override { most_ = std::max(most_, ++open_); }
  void streamed(std::int64_t, int tokens) override { tokens_ += tokens; }
  void retried(std::int64_t, const Error&) override { ++retries_; }
  void noticed(const std::string& text) override { fmt::print("  {}\n", text); }
  void finished(std::int64_t ticket, Result<Generation> reply, int) override {
    --open_;
    if (!reply) {
      ++failed_;
      fmt::print("  failed: {}\n", reply.error().message());
      return;
    }
    ++answered_;
    const Reply said = model_.reply_for(feed_.problem(ticket), feed_.seed(ticket));
    // A legitimate reply may be empty or cut, which its finish reason tells; the model itself
    // leaves some unfinished, which may be cut once more.
    const bool empty = reply->finish == FinishReason::empty;
    const bool cut = reply->finish == FinishReason::length;
    empty_ += empty ? 1 : 0;
    cut_ += cut && reply->text != said.content ? 1 : 0;
    const bool right = empty ? reply->text.empty()
                       : cut ? said.content.starts_with(reply->text)
                             : reply->text == said.content;
    if (right) return;
    ++wrong_;
    fmt::print("  wrong: {} with seed {} ended with {} after {} bytes of {}:\n  {}\n  {}\n",
               feed_.problem(ticket), feed_.seed(ticket), name_of(reply->finish),
               reply->text.size(), said.content.size(), reply->text, said.content);
  }

  std::int64_t open_ = 0, most_ = 0, tokens_ = 0, retries_ = 0, failed_ = 0, answered_ = 0;
  std::int64_t empty_ = 0, cut_ = 0, wrong_ = 0;

 private:
  const FakeModel& model_;
  const Feed& feed_;
};

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 120;
  const int streams = argc > 2 ? std::atoi(argv[2]) : 2000;
  const double percent = argc > 3 ? std::atof(argv[3]) : 5;
  const auto answers = sums(500);
  FakeModel model(answers, {.gap = kGap, .faults = {.rate = percent / 100, .seed = 7}});
  const FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
  backends::BackendOptions options;
  options.base_url = server.base_url();
  options.concurrency = streams;
  options.backoff_max_s = 5;
  options.idle_timeout_s = 5;
  options.watchdog_s = 60;
  const Result<std::unique_ptr<backends::Backend>> backend =
      backends::make_backend("openai-api/fake-r1", options);
  check(static_cast<bool>(backend));

  std::vector<std::string> problems;
  for (const auto& [problem, gold] : answers) problems.push_back(problem);
  const Clock::time_point begin = Clock::now();
  Feed feed(std::move(problems), begin + std::chrono::seconds(seconds));
  Judge judge(model, feed);
  std::jthread memory([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      const double at = std::chrono::duration<double>(Clock::now() - begin).count();
      fmt::print("{:>6.0f} s {:>8.1f} MB {:>8} requests\n", at, resident_mb(),
                 server.counters().requests);
      std::fflush(stdout);
      for (int i = 0; i < 10 * std::max(1, seconds / 10) && !stop.stop_requested(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    }
  });
  const Result<void> served = (*backend)->serve(feed, judge, {});
  memory.request_stop();
  memory.join();

  std::map<std::string, int> faults;
  std::int64_t completed = 0;
  for (const auto& [key, log] : model.log()) {
    completed += log.completed;
    for (const std::optional<Fault>& fault : log.attempts) {
      if (fault) ++faults[std::string(name_of(*fault))];
    }
  }
  fmt::print("{} streams at most, {} asked, {} answered ({} empty, {} cut), {} failed, {} wrong\n",
             judge.most_, feed.asked(), judge.answered_, judge.empty_, judge.cut_, judge.failed_,
             judge.wrong_);
  fmt::print("{} attempts repeated, {} replies sent whole by the server, {} tokens\n",
             judge.retries_, completed, judge.tokens_);
  for (const auto& [name, count] : faults) fmt::print("  {:<24} {}\n", name, count);
  if (!served) fmt::print("serving ended: {}\n", served.error().message());
  // No more replies are empty or cut than the server made so.
  const bool as_sent =
      judge.empty_ <= faults["null_content"] && judge.cut_ <= faults["finish_length"];
  const bool sound = served && as_sent && judge.failed_ == 0 && judge.wrong_ == 0 &&
                     judge.answered_ == feed.asked();
  return sound ? 0 : 1;
}
