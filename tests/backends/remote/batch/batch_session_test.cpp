// Serving by batches, over a real socket, by a service that does all it may do.
#include <doctest/doctest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <thread>

#include "tests/support/fake_batches.h"
#include "tests/support/fake_server.h"
#include "tests/support/memory_ledger.h"
#include "tests/support/remote_run.h"

using namespace proctor;
using namespace proctor::backends;
using namespace proctor::support;

namespace {

// A service, and backends that come and go before it.
struct Service {
  explicit Service(FakeBatchesOptions batch_options = {}, std::string name = "openai-api/fake-r1")
      : spec(std::move(name)), batches(model, std::move(batch_options)) {}

  BackendOptions options() {
    BackendOptions options = quick_options(server.base_url());
    options.max_attempts = 0;
    options.api_key = "sk-0123456789";
    options.batch = true;
    options.batch_poll_s = 0.01;
    options.batch_ledger = &ledger;
    return options;
  }

  Served serve(const std::vector<Request>& requests) { return serve_by(spec, requests, options()); }

  std::string spec;
  std::map<std::string, std::string> answers = sums(10);
  FakeModel model{answers};
  FakeBatches batches;
  FakeServer server{[this](const HttpRequest& request) { return batches.answer(request); }};
  MemoryLedger ledger;
};

// Every request has its own reply, and each was started once.
void check_all_answered(const Service& service, const std::vector<Request>& requests,
                        const Served& served) {
  REQUIRE(served.done);
  CHECK(served.sink.entries.size() == requests.size());
  for (const Request& request : requests) {
    CAPTURE(request.ticket);
    const RecordingSink::Entry& entry = served.sink.entries.at(request.ticket);
    CHECK(entry.started == 1);
    CHECK(entry.finished == 1);
    REQUIRE(entry.reply);
    CHECK(entry.reply->text ==
          service.model.reply_for(request.question_id, request.seed & 0x7fffffff).content);
    CHECK(entry.reply->attempts == entry.attempts);
  }
}

bool noticed(const Served& served, std::string_view text) {
  for (const std::string& notice : served.sink.notices) {
    if (notice.find(text) != std::string::npos) return true;
  }
  return false;
}

int asked_twice(const FakeBatches& batches) {
  int twice = 0;
  for (const auto& [id, times] : batches.asked()) twice += times > 1 ? 1 : 0;
  return twice;
}

// Serves until the service has begun `count` batches, then asks it to stop.
Served serve_and_stop(Service& service, const std::vector<Request>& requests, int count) {
  Served served;
  const auto backend = make_backend(service.spec, service.options());
  REQUIRE(backend);
  ListFeed feed(requests);
  std::stop_source stop;
  std::jthread stopper([&] {
    while (service.batches.batches() < count) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    stop.request_stop();
  });
  served.done = (*backend)->serve(feed, served.sink, stop.get_token());
  return served;
}

}  // namespace

TEST_CASE("requests go out in one batch and all replies come back by either wire") {
  for (const char* spec : {"openai-api/fake-r1", "openai/fake-r1", "anthropic/fake-r1"}) {
    CAPTURE(spec);
    Service service({.api_key = "sk-0123456789"}, spec);
    std::vector<Request> requests = requests_for(service.answers, 3);
    // Anthropic's models take no seed, so that the fake model says the same to each repeat.
    if (service.spec.starts_with("anthropic")) {
      for (Request& request : requests) request.seed = 0;
    }
    const Served served = service.serve(requests);
    check_all_answered(service, requests, served);
    CHECK(service.batches.sizes() == std::vector<int>{30});
    CHECK(service.ledger.open.empty());
    CHECK(service.ledger.steps.size() == 3);
    CHECK(service.ledger.steps.front() == "intended");
    for (const std::string& notice : served.sink.notices) {
      CHECK(notice.find("sk-0123456789") == std::string::npos);
    }
  }
}

TEST_CASE("a batch has no more requests than it may and the last one has the rest") {
  Service service;
  const std::vector<Request> requests = requests_for(service.answers, 1);
  BackendOptions options = service.options();
  options.batch_size = 4;
  const Served served = serve_by(service.spec, requests, options);
  check_all_answered(service, requests, served);
  CHECK(service.batches.sizes() == std::vector<int>{4, 4, 2});
  CHECK(asked_twice(service.batches) == 0);
}

TEST_CASE("what expired is asked again and what was answered is not") {
  Service service({.line_fate = [](int batch, int line) {
    return batch == 0 && line % 2 == 0 ? LineFate::expired : LineFate::answered;
  }});
  const std::vector<Request> requests = requests_for(service.answers, 1);
  const Served served = service.serve(requests);
  check_all_answered(service, requests, served);
  CHECK(service.batches.sizes() == std::vector<int>{10, 5});
  CHECK(noticed(served, "expired; 5 requests answered, 5 not"));
  CHECK(service.ledger.open.empty());
}

TEST_CASE("each line counts as what befell it and a fault is never a reply") {
  for (const char* spec : {"openai-api/fake-r1", "anthropic/fake-r1"}) {
    CAPTURE(spec);
    Service service({.line_fate =
                         [](int, int line) {
                           constexpr LineFate kFates[] = {LineFate::answered,   LineFate::refused,
                                                          LineFate::overloaded, LineFate::missing,
                                                          LineFate::damaged,    LineFate::twice};
                           return line < 6 ? kFates[line] : LineFate::answered;
                         }},
                    spec);
    std::vector<Request> requests = requests_for(service.answers, 1);
    for (Request& request : requests) request.seed = 0;
    const Served served = service.serve(requests);
    REQUIRE(served.done);
    CHECK(served.sink.entries.size() == requests.size());
    int refused = 0;
    int answered = 0;
    int given_up = 0;
    for (const auto& [ticket, entry] : served.sink.entries) {
      CHECK(entry.started == 1);
      CHECK(entry.finished == 1);
      answered += entry.reply ? 1 : 0;
      refused += entry.error && entry.error->code() == ErrorCode::refused ? 1 : 0;
      given_up += entry.error && entry.error->code() == ErrorCode::transport ? 1 : 0;
      if (entry.error) CHECK_FALSE(entry.error->message().empty());
    }
    // Of three lines without an answer the first of the next batch has one, the second is refused,
    // the third is alone in the batch after that.
    CHECK(refused == 2);
    CHECK(answered == 8);
    CHECK(given_up == 0);
  }
}

TEST_CASE("a line that cannot be read is named by its file and number") {
  Service service({.line_fate = [](int batch, int line) {
    return batch == 0 && line == 8 ? LineFate::damaged : LineFate::answered;
  }});
  const std::vector<Request> requests = requests_for(service.answers, 1);
  const Served served = service.serve(requests);
  check_all_answered(service, requests, served);
  CHECK(noticed(served, "output-batch_0:2: not valid JSON"));
  CHECK(service.batches.sizes() == std::vector<int>{10, 1});
}

TEST_CASE("a request that never comes back fails after some batches with the reason") {
  Service service({.line_fate = [](int, int) { return LineFate::overloaded; }});
  const std::vector<Request> requests = requests_for(service.answers, 1);
  BackendOptions options = service.options();
  options.max_attempts = 3;
  const Served served = serve_by(service.spec, requests, options);
  REQUIRE(served.done);
  CHECK(service.batches.batches() == 3);
  for (const auto& [ticket, entry] : served.sink.entries) {
    REQUIRE(entry.error);
    CHECK(entry.error->message().find("HTTP 429") != std::string::npos);
    CHECK(entry.attempts == 3);
    CHECK(entry.retries.size() == 2);
  }
}

TEST_CASE("a batch of which no answer tells is found again by its file or its key") {
  for (const bool keeps_metadata : {true, false}) {
    Service service(
        {.create_fate =
             [](int attempt) { return attempt == 0 ? CreateFate::lost : CreateFate::answered; },
         .keeps_metadata = keeps_metadata});
    const std::vector<Request> requests = requests_for(service.answers, 1);
    const Served served = service.serve(requests);
    check_all_answered(service, requests, served);
    CHECK(service.batches.batches() == 1);
    CHECK(noticed(served, "found again"));
  }
}

TEST_CASE("a batch that was not begun is handed in again") {
  Service service({.create_fate = [](int attempt) {
    return attempt == 0 ? CreateFate::failed : CreateFate::answered;
  }});
  const std::vector<Request> requests = requests_for(service.answers, 1);
  const Served served = service.serve(requests);
  check_all_answered(service, requests, served);
  CHECK(service.batches.batches() == 1);
  CHECK(service.ledger.steps[1] == "closed: not created");
  CHECK(served.sink.entries.at(0).attempts == 1);
}

TEST_CASE("batches that an earlier process left are waited for and nothing is asked twice") {
  for (const char* spec : {"openai-api/fake-r1", "anthropic/fake-r1"}) {
    for (const CreateFate fate : {CreateFate::answered, CreateFate::stalled}) {
      CAPTURE(spec);
      Service service(
          {.create_fate = [=](int attempt) { return attempt == 0 ? fate : CreateFate::answered; }},
          spec);
      std::vector<Request> requests = requests_for(service.answers, 1);
      for (Request& request : requests) request.seed = 0;
      service.batches.hold(true);
      const std::vector<Request> first(requests.begin(), requests.begin() + 6);
      const Served half = serve_and_stop(service, first, 1);
      CHECK(half.done);
      CHECK(noticed(half, "go on at the service"));
      REQUIRE(service.ledger.open.size() == 1);
      if (fate == CreateFate::stalled) CHECK(service.ledger.open[0].id.empty());
      service.batches.hold(false);
      const Served served = service.serve(requests);
      check_all_answered(service, requests, served);
      CHECK(service.batches.sizes() == std::vector<int>{6, 4});
      CHECK(asked_twice(service.batches) == 0);
      CHECK(service.ledger.open.empty());
    }
  }
}

TEST_CASE("a batch with replies that nobody asks for this time is left open") {
  Service service;
  const std::vector<Request> requests = requests_for(service.answers, 1);
  service.batches.hold(true);
  REQUIRE(serve_and_stop(service, requests, 1).done);
  service.batches.hold(false);
  const std::vector<Request> some(requests.begin(), requests.begin() + 3);
  check_all_answered(service, some, service.serve(some));
  CHECK(service.ledger.open.size() == 1);
  const std::vector<Request> rest(requests.begin() + 3, requests.end());
  check_all_answered(service, rest, service.serve(rest));
  CHECK(service.batches.batches() == 1);
}

TEST_CASE("what a feed holds back until a reply goes out in a later batch") {
  Service service;
  const std::vector<Request> requests = requests_for(service.answers, 1);
  const auto backend = make_backend(service.spec, service.options());
  REQUIRE(backend);
  Served served;
  HesitantFeed feed(requests, served.sink, 4);
  served.done = (*backend)->serve(feed, served.sink, {});
  check_all_answered(service, requests, served);
  CHECK(service.batches.sizes() == std::vector<int>{4, 4, 2});
  CHECK(feed.held_back == 2);
}

TEST_CASE("replies that cannot be found once are looked for again and not paid for again") {
  struct Row {
    int misses;
    int batches;
  };
  for (const Row& row : {Row{1, 1}, Row{2, 1}, Row{3, 2}}) {
    CAPTURE(row.misses);
    Service service;
    std::atomic<int> left{row.misses};
    const FakeServer proxy([&](const HttpRequest& request) {
      if (request.path.ends_with("/content") && left-- > 0) return respond(404, {}, "no such file");
      return service.batches.answer(request);
    });
    BackendOptions options = service.options();
    options.base_url = proxy.base_url();
    const std::vector<Request> requests = requests_for(service.answers, 1);
    check_all_answered(service, requests, serve_by(service.spec, requests, options));
    CHECK(service.batches.batches() == row.batches);
  }
}

TEST_CASE("a refused batch is smaller next time if it was too large") {
  Service service({.complaints = [](int, int lines) {
    return lines > 3 ? std::vector<BatchComplaint>{{"token_limit_exceeded", "too many", 0}}
                     : std::vector<BatchComplaint>{};
  }});
  const std::vector<Request> requests = requests_for(service.answers, 1);
  const Served served = service.serve(requests);
  check_all_answered(service, requests, served);
  CHECK(service.batches.sizes().front() == 10);
  CHECK(service.batches.sizes().back() <= 3);
  CHECK(served.sink.entries.at(0).retries.empty());
}

TEST_CASE("a batch that is refused for one of its lines loses that line alone") {
  Service service({.complaints = [](int batch, int) {
    return batch == 0 ? std::vector<BatchComplaint>{{"invalid_request", "line three", 3}}
                      : std::vector<BatchComplaint>{};
  }});
  const std::vector<Request> requests = requests_for(service.answers, 1);
  const Served served = service.serve(requests);
  REQUIRE(served.done);
  for (const auto& [ticket, entry] : served.sink.entries) {
    CHECK(entry.reply.has_value() == (ticket != 2));
    if (entry.error) CHECK(entry.error->message() == "invalid_request: line three");
  }
}

TEST_CASE("batches that are refused again and again end the serving") {
  Service service({.complaints = [](int, int) {
    return std::vector<BatchComplaint>{{"model_not_found", "no such model", 0}};
  }});
  const Served served = service.serve(requests_for(service.answers, 1));
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::refused);
  CHECK(served.done.error().message().find("no such model") != std::string::npos);
  CHECK(service.batches.batches() == 3);
}

TEST_CASE("a wrong key or a server without batches ends the serving at once") {
  Service locked({.api_key = "another"});
  const Served refused = locked.serve(requests_for(locked.answers, 1));
  REQUIRE_FALSE(refused.done);
  CHECK(refused.done.error().code() == ErrorCode::refused);
  CHECK(refused.done.error().message().find("HTTP 401") != std::string::npos);

  FakeModel model(sums(2));
  FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
  MemoryLedger ledger;
  BackendOptions options = quick_options(server.base_url());
  options.batch = true;
  options.batch_ledger = &ledger;
  const Served served = serve_by("openai-api/fake-r1", requests_for(sums(2), 1), options);
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().message().find("HTTP 404") != std::string::npos);
  CHECK(ledger.steps.empty());
}

TEST_CASE("only a remote model at one address that takes batches can be asked so") {
  MemoryLedger ledger;
  BackendOptions options;
  options.batch = true;
  options.batch_ledger = &ledger;
  options.api_key = "k";
  for (const char* spec : {"tiny", "replay/x", "deepseek/chat"}) {
    CAPTURE(spec);
    const auto backend = make_backend(spec, options);
    REQUIRE_FALSE(backend);
    CHECK(backend.error().code() == ErrorCode::invalid_input);
    CHECK(backend.error().message().starts_with("--batch: "));
  }
  options.base_url = "http://127.0.0.1:1/v1 http://127.0.0.1:2/v1";
  CHECK_FALSE(make_backend("openai-api/x", options));
}

TEST_CASE("the deadline of a serving leaves its batches running and says so") {
  Service service;
  service.batches.hold(true);
  BackendOptions options = service.options();
  options.deadline_s = 0.2;
  const Served served = serve_by(service.spec, requests_for(service.answers, 1), options);
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::transport);
  CHECK(served.done.error().message().find("1 batches with 10 requests") != std::string::npos);
  CHECK(service.ledger.open.size() == 1);
}

TEST_CASE("a deadline that no batch was begun before speaks of none") {
  Service service;
  const FakeServer down([](const HttpRequest&) { return respond(503, {}, "busy"); });
  BackendOptions options = service.options();
  options.base_url = down.base_url();
  options.deadline_s = 0.1;
  const Served served = serve_by(service.spec, requests_for(service.answers, 1), options);
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().message().ends_with("the deadline of 0.1 s has passed"));
}
