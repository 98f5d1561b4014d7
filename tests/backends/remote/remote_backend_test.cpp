// The remote backend against a real socket that misbehaves.
#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "backends/backend.h"
#include "tests/support/fake_model.h"
#include "tests/support/fake_server.h"
#include "tests/support/remote_run.h"

using namespace proctor;
using namespace proctor::backends;
using namespace proctor::support;

namespace {

BackendOptions quick_options(const FakeServer& server) {
  return support::quick_options(server.base_url());
}

Served serve(const std::vector<Request>& requests, const BackendOptions& options) {
  return serve_by("openai-api/fake-r1", requests, options);
}

}  // namespace

TEST_CASE("every reply arrives once, whole, streamed or not, at any concurrency") {
  const auto answers = sums(20);
  const std::vector<Request> requests = requests_for(answers, 5);
  for (const bool stream : {true, false}) {
    for (const int concurrency : {1, 7, 300}) {
      CAPTURE(stream);
      CAPTURE(concurrency);
      FakeModel model(answers);
      FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
      BackendOptions options = quick_options(server);
      options.stream = stream;
      options.concurrency = concurrency;
      options.idle_timeout_s = 60;  // only a busy machine is ever silent here
      const Served served = serve(requests, options);
      REQUIRE(served.done);
      REQUIRE(served.sink.entries.size() == requests.size());
      for (const Request& request : requests) {
        const RecordingSink::Entry& entry = served.sink.entries.at(request.ticket);
        CHECK(entry.started == 1);
        CHECK(entry.finished == 1);
        CHECK(entry.attempts == 1);
        CHECK(entry.tokens > 0);
        REQUIRE(entry.reply);
        const Reply expected = model.reply_for(request.question_id, request.seed);
        CHECK(entry.reply->text == expected.content);
        CHECK(entry.reply->reasoning == expected.reasoning);
        CHECK(entry.reply->usage.completion == expected.completion_tokens);
      }
      CHECK(server.counters().most_open <= static_cast<std::uint64_t>(concurrency));
    }
  }
}

TEST_CASE("each fault that can pass is survived, and the reply is the undamaged one") {
  const auto answers = sums(3);
  const std::vector<Request> requests = requests_for(answers, 2);
  for (const bool stream : {true, false}) {
    for (const Fault fault : all_faults()) {
      CAPTURE(stream);
      CAPTURE(std::string(name_of(fault)));
      FakeModel model(answers, {.faults = {.script = {fault}}});
      FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
      BackendOptions options = quick_options(server);
      options.stream = stream;
      const Served served = serve(requests, options);
      REQUIRE(served.done);
      for (const Request& request : requests) {
        const RecordingSink::Entry& entry = served.sink.entries.at(request.ticket);
        CHECK(entry.finished == 1);
        REQUIRE(entry.reply);
        if (fault == Fault::null_content) {
          CHECK(entry.reply->finish == FinishReason::empty);
          CHECK(entry.attempts == 1);
        } else if (fault == Fault::finish_length) {
          CHECK(entry.reply->finish == FinishReason::length);
          CHECK(entry.attempts == 1);
        } else {
          CHECK(entry.attempts == 2);
          CHECK(entry.retries.size() == 1);
          const Reply expected = model.reply_for(request.question_id, request.seed);
          CHECK(entry.reply->text == expected.content);
          CHECK(entry.reply->reasoning == expected.reasoning);
        }
      }
    }
  }
}

TEST_CASE("a fault that does not pass fails its own request with a reason") {
  const auto answers = sums(4);
  const std::vector<Request> requests = requests_for(answers, 1);
  struct Row {
    Fault fault;
    const char* reason;
  };
  constexpr Row kRows[] = {
      {Fault::http_500, "HTTP 500"},
      {Fault::http_429_plain, "HTTP 429"},
      {Fault::reset_mid_stream, ""},
      {Fault::stall_mid_stream, "no byte for 100 ms"},
      {Fault::stall_before_reply, "no byte for 100 ms"},
      {Fault::empty_body, "empty"},
      {Fault::invalid_json, "not valid JSON"},
      {Fault::truncated_utf8, "not valid JSON"},
      {Fault::missing_done, ""},
      {Fault::html_body, "HTML page"},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(name_of(row.fault)));
    FakeModel model(answers, {.faults = {.rate = 1, .kinds = {row.fault}}});
    FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
    BackendOptions options = quick_options(server);
    options.max_attempts = 2;
    options.idle_timeout_s = 0.1;
    const Served served = serve(requests, options);
    REQUIRE(served.done);
    for (const auto& [ticket, entry] : served.sink.entries) {
      CHECK(entry.finished == 1);
      CHECK(entry.attempts == 2);
      REQUIRE(entry.error);
      CHECK(entry.error->code() == ErrorCode::transport);
      CAPTURE(entry.error->message());
      CHECK(entry.error->message().find(row.reason) != std::string::npos);
    }
  }
}

TEST_CASE("a stream is known by its content type in letters of either case") {
  const std::string events =
      "data: {\"choices\":[{\"delta\":{\"content\":\"7\"},\"finish_reason\":\"stop\"}]}\n\n"
      "data: [DONE]\n\n";
  for (const char* type : {"text/event-stream", "Text/Event-Stream; charset=UTF-8"}) {
    CAPTURE(type);
    const FakeServer server([&](const HttpRequest&) {
      return respond(200, {{"Content-Type", type}}, events);
    });
    const Served served = serve(requests_for(sums(1), 1), quick_options(server));
    REQUIRE(served.done);
    const std::optional<Generation>& reply = served.sink.entries.at(0).reply;
    REQUIRE(reply);
    CHECK(reply->text == "7");
  }
}

TEST_CASE("Retry-After is waited for") {
  const auto answers = sums(1);
  FakeModel model(answers,
                  {.faults = {.script = {Fault::http_429_retry_after}, .retry_after_s = 1}});
  FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
  const auto start = std::chrono::steady_clock::now();
  const Served served = serve(requests_for(answers, 1), quick_options(server));
  REQUIRE(served.done);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(1000));
  CHECK(served.sink.entries.at(0).attempts == 2);
}

TEST_CASE("a wrong key or model ends the serving at once and never shows the key") {
  const auto answers = sums(50);
  FakeModel model(answers, {.api_key = "right-key"});
  FakeServer server([&](const HttpRequest& request) {
    Answer answer = model.answer(request);
    return answer;
  });
  BackendOptions options = quick_options(server);
  options.api_key = "wrong-key-xyzzy";
  const Served served = serve(requests_for(answers, 4), options);
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::refused);
  CHECK(served.done.error().message().find("401") != std::string::npos);
  CHECK(served.done.error().message().find("xyzzy") == std::string::npos);
  CHECK(server.counters().requests <= 16);
  options.api_key = "right-key";
  CHECK(serve(requests_for(answers, 1), options).done);
}

TEST_CASE("a key that the server quotes is blotted out") {
  FakeServer server([&](const HttpRequest&) {
    return respond_json(400, R"({"error":{"message":"key sk-secret and sk-secret again"}})");
  });
  BackendOptions options = quick_options(server);
  options.api_key = "sk-secret";
  const Served served = serve(requests_for(sums(1), 1), options);
  REQUIRE(served.done);
  REQUIRE(served.sink.entries.at(0).error);
  CHECK(served.sink.entries.at(0).error->code() == ErrorCode::refused);
  CHECK(served.sink.entries.at(0).attempts == 1);
  CHECK(served.sink.entries.at(0).error->message() == "HTTP 400: key [key] and [key] again");
}

TEST_CASE("a server that is gone ends the serving instead of failing the whole grid") {
  std::uint16_t port = 0;
  {
    const FakeServer server([](const HttpRequest&) { return Answer(); });
    port = server.port();
  }
  BackendOptions options;
  options.base_url = "http://127.0.0.1:" + std::to_string(port) + "/v1";
  options.concurrency = 4;
  options.max_attempts = 2;
  options.backoff_first_s = 0.001;
  const Served served = serve(requests_for(sums(100), 10), options);
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::transport);
  CHECK(served.sink.entries.size() < 50);
}

TEST_CASE("a stop request ends the serving at once and leaves what is in flight open") {
  const auto answers = sums(10);
  FakeModel model(answers, {.faults = {.rate = 1, .kinds = {Fault::stall_before_reply}}});
  FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
  BackendOptions options = quick_options(server);
  options.idle_timeout_s = 600;
  const Result<std::unique_ptr<Backend>> backend = make_backend("openai-api/fake-r1", options);
  REQUIRE(backend);
  ListFeed feed(requests_for(answers, 10));
  RecordingSink sink;
  std::stop_source stop;
  std::jthread stopper([&] {
    while (server.counters().requests < 8)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    stop.request_stop();
  });
  CHECK((*backend)->serve(feed, sink, stop.get_token()));
  CHECK(sink.entries.size() == 8);
  for (const auto& [ticket, entry] : sink.entries) CHECK(entry.finished == 0);
}

TEST_CASE("a server that ignores the wish for a stream is understood all the same") {
  FakeServer server([&](const HttpRequest&) {
    return respond_json(200, R"({"choices":[{"message":{"content":"4"},"finish_reason":"stop"}]})");
  });
  const Served served = serve(requests_for(sums(1), 3), quick_options(server));
  REQUIRE(served.done);
  for (const auto& [ticket, entry] : served.sink.entries) {
    REQUIRE(entry.reply);
    CHECK(entry.reply->text == "4");
  }
}

TEST_CASE("a reply that ended is kept even if its connection then breaks") {
  const std::vector<std::string> events = {
      R"({"choices":[{"delta":{"content":"4"},"finish_reason":null}]})",
      R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"};
  for (const End end : {End::close, End::reset, End::stall}) {
    FakeServer server([&](const HttpRequest&) {
      const Answer whole = stream(events);
      return cut(whole, size_of(whole) - 5, end);  // without the last chunk
    });
    const Served served = serve(requests_for(sums(1), 2), quick_options(server));
    REQUIRE(served.done);
    for (const auto& [ticket, entry] : served.sink.entries) {
      REQUIRE(entry.reply);
      CHECK(entry.reply->text == "4");
      CHECK(entry.attempts == 1);
    }
  }
}

TEST_CASE("a refusal in the middle of a run costs its own request and no other") {
  const auto answers = sums(30);
  for (const int status : {403, 404, 422}) {
    CAPTURE(status);
    FakeModel model(answers);
    FakeServer server([&](const HttpRequest& request) {
      const bool refused = request.body.find("100 + 7?") != std::string_view::npos;
      return refused ? respond_json(status, R"({"error":"flagged"})") : model.answer(request);
    });
    BackendOptions options = quick_options(server);
    options.concurrency = 1;
    options.max_attempts = 2;
    const Served served = serve(requests_for(answers, 2), options);
    REQUIRE(served.done);
    int failed = 0;
    for (const auto& [ticket, entry] : served.sink.entries) {
      CHECK(entry.finished == 1);
      failed += entry.error ? 1 : 0;
    }
    CHECK(failed == 2);
  }
}

TEST_CASE("a server that refuses everything ends the serving early") {
  FakeServer server([&](const HttpRequest&) {
    return respond_json(400, R"({"error":{"message":"max_tokens is not supported"}})");
  });
  const Served served = serve(requests_for(sums(50), 10), quick_options(server));
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::refused);
  CHECK(served.done.error().message().find("max_tokens is not supported") != std::string::npos);
  CHECK(served.sink.entries.size() < 50);
}

TEST_CASE("a reply without end is cut off and not kept in memory") {
  const std::string event =
      "data: {\"choices\":[{\"delta\":{\"content\":\"" + std::string(1U << 20, 'x') + "\"}}]}\n\n";
  FakeServer server([&](const HttpRequest&) {
    Answer answer;
    answer.steps.push_back({{}, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"});
    for (int i = 0; i < 80; ++i) answer.steps.push_back({{}, event});
    answer.end = End::stall;
    return answer;
  });
  BackendOptions options = quick_options(server);
  options.idle_timeout_s = 30;
  options.max_attempts = 1;
  const Served served = serve(requests_for(sums(1), 1), options);
  REQUIRE(served.done);
  REQUIRE(served.sink.entries.at(0).error);
  CHECK(served.sink.entries.at(0).error->message() == "the reply is longer than 64 MiB");
}

TEST_CASE("more requests in flight than files may be open is refused with the numbers") {
  FakeServer server([](const HttpRequest&) { return respond_json(500, ""); });
  BackendOptions options = quick_options(server);
  options.concurrency = 100'000'000;
  const Served served = serve(requests_for(sums(1), 1), options);
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::invalid_input);
  CHECK(served.done.error().message().find("--concurrency 100000000") != std::string::npos);
}

TEST_CASE("base URLs that cannot be meant are refused before anything is sent") {
  for (const char* url : {"", "127.0.0.1", "ftp://x/v1", "http://", "http://me:pw@x/v1",
                          "http:// x", "http://x/v1?key=pw", "http://x/v1#pw"}) {
    CAPTURE(url);
    BackendOptions options;
    options.base_url = url;
    const Result<std::unique_ptr<Backend>> backend = make_backend("openai-api/m", options);
    REQUIRE_FALSE(backend);
    CHECK(backend.error().code() == ErrorCode::invalid_input);
    CHECK(backend.error().message().find("pw") == std::string::npos);
  }
}
