// The limit against simulated servers, in simulated time: deterministic, and no socket anywhere.
#include "backends/remote/concurrency_limit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace proctor::backends;
using std::chrono::milliseconds;

namespace {

// A server that carries `size` requests at a time; what comes on top it refuses or lets wait.
struct Server {
  std::size_t size = 50;
  bool queues = false;
  std::pair<int, int> outage_ms = {0, 0};  // refuses everything meanwhile
};

// A client with endless requests that obeys the limit; a refused one is tried again later.
class Simulation {
 public:
  Simulation(const Server& server, std::size_t cap, bool streamed = true)
      : server_(server), limit_(cap, true), streamed_(streamed) {}

  Server& server() { return server_; }
  const ConcurrencyLimit& limit() const { return limit_; }
  int refusals() const { return refusals_; }

  // The mean number in flight from now to `end_ms`.
  double run_until(int end_ms) {
    double sum = 0;
    const int begin = now_;
    for (; now_ < end_ms; ++now_) {
      step();
      sum += static_cast<double>(in_flight());
    }
    return sum / (end_ms - begin);
  }

 private:
  struct Request {
    int sent = 0;
    int served = -1;  // when the server took it up
    int ends = -1;
    bool first_byte = false;
  };
  static constexpr int kPrefill = 20;

  bool out() const { return now_ >= server_.outage_ms.first && now_ < server_.outage_ms.second; }
  std::size_t in_flight() const { return requests_.size(); }
  std::size_t running() const {
    return static_cast<std::size_t>(std::count_if(requests_.begin(), requests_.end(),
                                                  [](const Request& r) { return r.served >= 0; }));
  }

  void step() {
    if (out()) return suffer();
    send();
    take_up();
    progress();
    if (now_ % 50 == 0) look();
  }

  // Everything in flight breaks at once, and one attempt every half second is refused.
  void suffer() {
    while (!requests_.empty()) {
      requests_.pop_back();
      limit_.refused(in_flight());
    }
    if (now_ - server_.outage_ms.first == 10'000) limit_.silenced();
    if (now_ % 500 == 0) limit_.refused(0);
  }

  void send() {
    // A network brings only so many in a millisecond.
    for (int burst = 0; burst < 4 && in_flight() < limit_.value() && now_ >= blocked_; ++burst) {
      requests_.push_back({.sent = now_});
    }
  }

  void take_up() {
    std::size_t free = server_.size - std::min(server_.size, running());
    for (auto request = requests_.begin(); request != requests_.end();) {
      if (request->served >= 0) {
        ++request;
      } else if (free > 0) {
        --free;
        request->served = now_;
        request->ends = now_ + kPrefill + 200 + static_cast<int>(random_() % 2000);
        ++request;
      } else if (server_.queues) {
        break;
      } else {
        request = requests_.erase(request);
        ++refusals_;
        limit_.refused(in_flight());
        blocked_ = now_ + 5;  // its repeat, and what comes with it
      }
    }
  }

  void progress() {
    for (auto request = requests_.begin(); request != requests_.end();) {
      if (request->served >= 0 && !request->first_byte && now_ >= request->served + kPrefill) {
        request->first_byte = true;
        if (streamed_) limit_.served(in_flight(), milliseconds(now_ - request->sent));
      }
      if (request->served < 0 || now_ < request->ends) {
        ++request;
        continue;
      }
      if (!streamed_) limit_.served(in_flight(), std::nullopt);
      request = requests_.erase(request);
    }
  }

  void look() {
    const auto patience = limit_.patience();
    if (!patience) return;
    const auto waiting = std::count_if(requests_.begin(), requests_.end(), [&](const Request& r) {
      return !r.first_byte && now_ - r.sent > patience->count();
    });
    limit_.queued(in_flight(), static_cast<std::size_t>(waiting));
  }

  Server server_;
  ConcurrencyLimit limit_;
  bool streamed_;
  int now_ = 0;
  int blocked_ = 0;
  int refusals_ = 0;
  std::mt19937 random_{1};
  std::vector<Request> requests_;
};

}  // namespace

TEST_CASE("a server's limit is found within a tenth whether it refuses or queues") {
  for (const std::size_t size : {5U, 20U, 64U, 150U, 400U}) {
    for (const bool queues : {false, true}) {
      for (const bool streamed : {true, false}) {
        if (queues && !streamed) continue;  // a queue shows in first bytes alone
        CAPTURE(size);
        CAPTURE(queues);
        CAPTURE(streamed);
        Simulation simulation({.size = size, .queues = queues}, 2048, streamed);
        simulation.run_until(60'000);
        const double found = simulation.run_until(180'000);
        const double wanted = static_cast<double>(size);
        CHECK(found >= 0.9 * wanted);
        CHECK(found <= std::max(1.1 * wanted, wanted + 1.5));
      }
    }
  }
}

TEST_CASE("the cap holds even where a server would carry more") {
  Simulation simulation({.size = 500}, 40);
  simulation.run_until(30'000);
  CHECK(simulation.limit().value() == 40);
  CHECK(simulation.refusals() == 0);
}

TEST_CASE("after an outage of a minute the limit is found again within seconds") {
  for (const bool queues : {false, true}) {
    CAPTURE(queues);
    Simulation simulation({.size = 100, .queues = queues, .outage_ms = {60'000, 120'000}}, 2048);
    simulation.run_until(60'000);
    simulation.run_until(120'000);
    CHECK(simulation.limit().value() == 1);
    simulation.run_until(130'000);
    CHECK(simulation.run_until(160'000) >= 90);
    CHECK(simulation.run_until(220'000) <= 110);
  }
}

TEST_CASE("a server that becomes smaller is followed down and one that becomes larger up") {
  for (const bool queues : {false, true}) {
    CAPTURE(queues);
    Simulation simulation({.size = 120, .queues = queues}, 2048);
    simulation.run_until(60'000);
    simulation.server().size = 60;
    simulation.run_until(75'000);
    CHECK(simulation.run_until(120'000) <= 66);
    simulation.server().size = 120;
    simulation.run_until(240'000);
    CHECK(simulation.run_until(260'000) >= 108);
  }
}

TEST_CASE("finding the limit costs few refusals") {
  Simulation simulation({.size = 100}, 2048);
  simulation.run_until(120'000);
  // Some 100 x 120 s / 1.2 s = 10,000 requests were served meanwhile.
  CHECK(simulation.refusals() < 1000);
}

TEST_CASE("a fixed limit is never moved but by silence") {
  ConcurrencyLimit limit(64, false);
  for (int i = 0; i < 1000; ++i) limit.served(64, milliseconds(10));
  limit.refused(3);
  limit.queued(64, 60);
  CHECK(limit.value() == 64);
  CHECK_FALSE(limit.patience());
  limit.silenced();
  CHECK(limit.value() == 1);
  limit.served(1, milliseconds(10));
  CHECK(limit.value() == 64);
}

TEST_CASE("patience is a few times what a first byte usually takes") {
  ConcurrencyLimit limit(64, true);
  CHECK_FALSE(limit.patience());
  limit.served(1, milliseconds(900));
  limit.served(1, milliseconds(500));
  CHECK(limit.patience() == milliseconds(1500));
  limit.served(1, milliseconds(1));
  CHECK(limit.patience() == milliseconds(50));
}
