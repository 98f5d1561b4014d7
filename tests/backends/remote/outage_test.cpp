// Servers that are slow, full, gone and back: what the backend does over a real socket.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "tests/support/fake_model.h"
#include "tests/support/fake_server.h"
#include "tests/support/remote_run.h"

using namespace proctor;
using namespace proctor::backends;
using namespace proctor::support;

namespace {

constexpr const char* kSpec = "openai-api/fake-r1";

// As many attempts as it takes.
BackendOptions patient(const std::string& base_url) {
  BackendOptions options = quick_options(base_url);
  options.max_attempts = 0;
  return options;
}

std::uint16_t closed_port() {
  const FakeServer server([](const HttpRequest&) { return Answer(); });
  return server.port();
}

void check_all_answered(const Served& served, std::size_t count) {
  REQUIRE(served.done);
  REQUIRE(served.sink.entries.size() == count);
  for (const auto& [ticket, entry] : served.sink.entries) {
    CHECK(entry.finished == 1);
    CHECK(entry.reply);
  }
}

bool any_notice(const Served& served, std::string_view part) {
  for (const std::string& notice : served.sink.notices) {
    if (notice.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("several servers share the load and a dead one costs nothing") {
  const auto answers = sums(40);
  FakeModel one(answers);
  FakeModel two(answers);
  FakeServer first([&](const HttpRequest& request) { return one.answer(request); });
  FakeServer second([&](const HttpRequest& request) { return two.answer(request); });
  const std::string dead = "http://127.0.0.1:" + std::to_string(closed_port()) + "/v1";
  BackendOptions options = patient(first.base_url() + " " + dead + "  " + second.base_url());
  options.concurrency = 16;
  const Served served = serve_by(kSpec, requests_for(answers, 5), options);
  check_all_answered(served, 200);
  CHECK(first.counters().requests >= 60);
  CHECK(second.counters().requests >= 60);
  CHECK(any_notice(served, dead + ": nothing succeeds"));
}

TEST_CASE("a server that is gone for a while is waited for and nothing is lost") {
  const auto answers = sums(30);
  FakeModel model(answers);
  std::atomic<bool> out = false;
  std::atomic<int> refused = 0;
  FakeServer server([&](const HttpRequest& request) {
    // After a third of the run nobody is served until a dozen have been turned away.
    if (request.sequence == 50) out = true;
    if (out && ++refused > 12) out = false;
    return out ? respond_json(503, R"({"error":"restarting"})") : model.answer(request);
  });
  for (const bool adaptive : {false, true}) {
    CAPTURE(adaptive);
    refused = 0;
    BackendOptions options = patient(server.base_url());
    options.adaptive = adaptive;
    options.silence_s = 0;  // eight in a row are enough
    const Served served = serve_by(kSpec, requests_for(answers, 5), options);
    check_all_answered(served, 150);
    if (!adaptive) {
      CHECK(any_notice(served, "one request at a time is tried"));
      CHECK(any_notice(served, "answers again after"));
    }
  }
}

TEST_CASE("a deadline ends the serving and what was answered stays answered") {
  const auto answers = sums(10);
  FakeModel model(answers);
  FakeServer server([&](const HttpRequest& request) {
    return request.sequence < 5 ? model.answer(request) : respond_json(503, "");
  });
  BackendOptions options = patient(server.base_url());
  options.deadline_s = 0.5;
  const Served served = serve_by(kSpec, requests_for(answers, 2), options);
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::transport);
  CHECK(served.done.error().message() == "the deadline of 0.5 s has passed");
  int answered = 0;
  for (const auto& [ticket, entry] : served.sink.entries) {
    CHECK_FALSE(entry.error);
    answered += entry.finished;
  }
  CHECK(answered == 5);
}

TEST_CASE("several servings of one backend have one deadline") {
  const auto answers = sums(4);
  FakeModel model(answers);
  FakeServer server([&](const HttpRequest& request) {
    return delayed(model.answer(request), std::chrono::milliseconds(200));
  });
  BackendOptions options = patient(server.base_url());
  options.concurrency = 1;
  options.deadline_s = 1;
  const Result<std::unique_ptr<Backend>> backend = make_backend(kSpec, options);
  REQUIRE(backend);
  int served = 0;
  Result<void> done;
  for (; done && served < 100; ++served) {
    ListFeed feed(requests_for(answers, 1));
    RecordingSink sink;
    done = (*backend)->serve(feed, sink, {});
  }
  REQUIRE_FALSE(done);
  CHECK(done.error().message() == "the deadline of 1 s has passed");
  CHECK(served < 10);
}

TEST_CASE("a request that alone keeps failing is given up and the others are not") {
  const auto answers = sums(60);
  FakeModel model(answers);
  FakeServer server([&](const HttpRequest& request) {
    const bool poisoned = request.body.find("100 + 7?") != std::string_view::npos;
    if (poisoned) return respond_json(500, R"({"error":"assertion failed"})");
    return delayed(model.answer(request), std::chrono::milliseconds(2));
  });
  BackendOptions options = patient(server.base_url());
  options.backoff_max_s = 0.004;
  const Served served = serve_by(kSpec, requests_for(answers, 20), options);
  REQUIRE(served.done);
  for (const auto& [ticket, entry] : served.sink.entries) {
    CHECK(entry.finished == 1);
    if (entry.error) CHECK(entry.attempts >= 20);
  }
  const auto failed =
      std::count_if(served.sink.entries.begin(), served.sink.entries.end(),
                    [](const auto& entry) { return entry.second.error.has_value(); });
  CHECK(failed == 20);
}

TEST_CASE("a sample without a sign of life is named once while it lasts") {
  const auto answers = sums(1);
  FakeModel model(answers, {.faults = {.script = {Fault::stall_mid_stream}}});
  FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
  BackendOptions options = patient(server.base_url());
  options.watchdog_s = 0.1;
  options.idle_timeout_s = 0.6;
  const Served served = serve_by(kSpec, requests_for(answers, 2), options);
  check_all_answered(served, 2);
  int named = 0;
  for (const std::string& notice : served.sink.notices) {
    for (std::size_t at = 0; (at = notice.find("stuck: sums question What is 100 + 0?, repeat",
                                               at)) != std::string::npos;
         ++at) {
      ++named;
    }
  }
  CHECK(named == 2);
  CHECK(any_notice(served, ", attempt 1 at " + server.base_url() + ": no byte since "));
  CHECK_FALSE(any_notice(served, " 0 bytes so far"));
}

TEST_CASE("a hidden limit of requests in flight is found by feeling it out") {
  constexpr std::uint64_t kLimit = 20;
  const auto answers = sums(100);
  FakeModel model(answers, {.gap = std::chrono::milliseconds(1)});
  std::atomic<std::uint64_t> serving = 0;
  std::atomic<std::uint64_t> most = 0;
  std::atomic<int> refused = 0;
  FakeServer server([&](const HttpRequest& request) {
    if (serving >= kLimit) {
      ++refused;
      return respond_json(429, R"({"error":"too many requests at a time"})");
    }
    Answer answer = model.answer(request);
    most = std::max<std::uint64_t>(most, ++serving);
    const auto on_sent = answer.on_sent;
    answer.on_sent = [&serving, on_sent] {
      on_sent();
      --serving;
    };
    return answer;
  });
  BackendOptions options = patient(server.base_url());
  options.concurrency = 500;
  options.adaptive = true;
  const Served served = serve_by(kSpec, requests_for(answers, 12), options);
  check_all_answered(served, 1200);
  CHECK(most == kLimit);  // it was reached
  CHECK(refused < 600);   // and mostly heeded
}

TEST_CASE("requests a minute are held to") {
  const auto answers = sums(4);
  FakeModel model(answers);
  FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
  BackendOptions options = patient(server.base_url());
  options.requests_per_minute = 600;  // ten at once, then one each 0.1 s
  const auto start = std::chrono::steady_clock::now();
  const Served served = serve_by(kSpec, requests_for(answers, 4), options);
  check_all_answered(served, 16);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(550));
}

TEST_CASE("a host that does not exist ends the serving instead of being waited for") {
  const Served served =
      serve_by(kSpec, requests_for(sums(2), 1), patient("http://no-such-host.invalid/v1"));
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().message().find("no-such-host.invalid") != std::string::npos);
}
