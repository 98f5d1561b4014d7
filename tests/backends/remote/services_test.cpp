// Each service over a real socket: its paths, headers and wire, its faults, and its key.
#include <doctest/doctest.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "tests/support/fake_model.h"
#include "tests/support/fake_server.h"
#include "tests/support/remote_run.h"

using namespace proctor;
using namespace proctor::backends;
using namespace proctor::support;
using nlohmann::json;

namespace {

struct Service {
  const char* spec;
  const char* path;
  const char* key_header;
  const char* before_key;
};

constexpr Service kServices[] = {
    {"openai/fake-r1", "/v1/chat/completions", "authorization", "Bearer "},
    {"anthropic/fake-r1", "/v1/messages", "x-api-key", ""},
    {"deepseek/fake-r1", "/v1/chat/completions", "authorization", "Bearer "},
    {"openai-api/fake-r1", "/v1/chat/completions", "authorization", "Bearer "},
};

BackendOptions keyed(const FakeServer& server) {
  BackendOptions options = quick_options(server.base_url());
  options.api_key = "sk-0123456789";
  return options;
}

// Everything that a run could show or store of it.
std::string everything_said(const Served& served) {
  std::string all = served.done ? "" : served.done.error().message();
  for (const std::string& notice : served.sink.notices) all += notice;
  for (const auto& [ticket, entry] : served.sink.entries) {
    for (const std::string& retry : entry.retries) all += retry;
    if (entry.error) all += entry.error->message();
    if (entry.reply) all += entry.reply->text + entry.reply->reasoning + entry.reply->served_by;
  }
  return all;
}

}  // namespace

TEST_CASE("each service is asked at its path with its key and its reply is understood") {
  const auto answers = sums(6);
  const std::vector<Request> requests = requests_for(answers, 1);
  for (const Service& service : kServices) {
    for (const bool stream : {true, false}) {
      for (const ThinkStyle style : {ThinkStyle::tagged, ThinkStyle::apart}) {
        CAPTURE(service.spec);
        CAPTURE(stream);
        FakeModel model(answers, {.api_key = "sk-0123456789", .reply = {.style = style}});
        FakeServer server([&](const HttpRequest& request) {
          if (request.path != service.path) return respond_json(404, "{}");
          const std::string key = std::string(service.before_key) + "sk-0123456789";
          if (request.header(service.key_header) != key) return respond_json(401, "{}");
          return model.answer(request);
        });
        BackendOptions options = keyed(server);
        options.stream = stream;
        const Served served = serve_by(service.spec, requests, options);
        REQUIRE(served.done);
        for (const Request& request : requests) {
          const RecordingSink::Entry& entry = served.sink.entries.at(request.ticket);
          REQUIRE(entry.reply);
          const bool seeded = std::string_view(service.spec).starts_with("openai");
          const Reply expected = model.reply_for(request.question_id, seeded ? request.seed : 0);
          CHECK(entry.reply->text == expected.content);
          CHECK(entry.reply->reasoning == expected.reasoning);
          CHECK(entry.reply->usage.completion == expected.completion_tokens);
          CHECK(entry.reply->usage.prompt > 0);
        }
      }
    }
  }
}

TEST_CASE("each service's faults pass and leave the undamaged reply") {
  const auto answers = sums(3);
  const std::vector<Request> requests = requests_for(answers, 1);
  for (const char* spec : {"anthropic/fake-r1", "deepseek/fake-r1"}) {
    for (const bool stream : {true, false}) {
      for (const Fault fault : all_faults()) {
        CAPTURE(spec);
        CAPTURE(stream);
        CAPTURE(std::string(name_of(fault)));
        FakeModel model(answers, {.faults = {.script = {fault}}});
        FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
        BackendOptions options = keyed(server);
        options.stream = stream;
        options.idle_timeout_s = 0.1;
        const Served served = serve_by(spec, requests, options);
        REQUIRE(served.done);
        for (const Request& request : requests) {
          const RecordingSink::Entry& entry = served.sink.entries.at(request.ticket);
          REQUIRE(entry.reply);
          CHECK(entry.finished == 1);
          CHECK(entry.attempts == (is_reply(fault) ? 1 : 2));
          if (is_reply(fault)) continue;
          const Reply expected = model.reply_for(request.question_id, 0);
          CHECK(entry.reply->text == expected.content);
        }
      }
    }
  }
}

TEST_CASE("an overloaded service is asked again") {
  const auto answers = sums(2);
  FakeModel model(answers);
  FakeServer server([&](const HttpRequest& request) {
    if (request.sequence < 4) {
      return respond_json(
          529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
    }
    return model.answer(request);
  });
  const Served served = serve_by("anthropic/fake-r1", requests_for(answers, 2), keyed(server));
  REQUIRE(served.done);
  int retries = 0;
  for (const auto& [ticket, entry] : served.sink.entries) {
    CHECK(entry.reply);
    for (const std::string& retry : entry.retries) {
      CHECK(retry == "HTTP 529: Overloaded");
      ++retries;
    }
  }
  CHECK(retries == 4);
}

TEST_CASE("raw text is completed as it stands") {
  std::mutex mutex;
  std::vector<json> bodies;
  FakeServer server([&](const HttpRequest& request) {
    const std::lock_guard lock(mutex);
    if (request.path != "/v1/completions") return respond_json(404, "{}");
    bodies.push_back(json::parse(request.body));
    if (!bodies.back().contains("stream")) {
      return respond_json(200, R"({"choices":[{"text":"4","finish_reason":"stop"}],
                                   "usage":{"prompt_tokens":3,"completion_tokens":1}})");
    }
    const std::vector<std::string> events = {
        R"({"choices":[{"index":0,"text":"It is","finish_reason":null}]})",
        R"({"choices":[{"index":0,"text":" 4","finish_reason":"stop"}]})"};
    return stream(events);
  });
  Request request = requests_for(sums(1), 1)[0];
  request.prompt = {{"raw", "<|User|>2 + 2?<|Assistant|><think>\n"}};
  BackendOptions options = quick_options(server.base_url());
  const Served streamed = serve_by("openai-api/m", {request}, options);
  options.stream = false;
  const Served whole = serve_by("openai-api/m", {request}, options);
  REQUIRE((streamed.done && whole.done));
  CHECK(streamed.sink.entries.at(0).reply->text == "It is 4");
  CHECK(whole.sink.entries.at(0).reply->text == "4");
  REQUIRE(bodies.size() == 2);
  CHECK(bodies[0]["prompt"] == "<|User|>2 + 2?<|Assistant|><think>\n");
}

TEST_CASE("a prompt that a service cannot be given ends the serving before it is asked") {
  FakeServer server([](const HttpRequest&) { return respond_json(500, ""); });
  Request request = requests_for(sums(1), 1)[0];
  request.prompt = {{"raw", "<|User|>"}};
  const Served served = serve_by("anthropic/m", {request}, keyed(server));
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::invalid_input);
  CHECK(served.sink.entries.empty());
  CHECK(server.counters().requests == 0);
}

TEST_CASE("whatever a server says back no key is shown") {
  const std::string key = "sk-0123456789";
  const std::vector<Answer> answers = {
      respond_json(400, R"({"error":{"message":"bad key sk-0123456789"}})"),
      respond_json(429, R"({"error":"slow down, sk-0123456789"})"),
      respond_json(401, R"({"detail":"sk-0123456789 is unknown"})"),
      respond(500, {{"Content-Type", "text/plain"}}, "Bearer sk-0123456789"),
      respond_json(200, R"({"error":{"message":"x-api-key: sk-0123456789"}})"),
      respond_json(200, "sk-0123456789"),
      respond_json(200, R"({"model":"for sk-0123456789","system_fingerprint":"sk-0123456789",
          "choices":[{"message":{"content":"4"},"finish_reason":"stop"}]})"),
      respond_json(200, R"({"model":"for sk-0123456789","content":[{"type":"text","text":"4"}],
          "stop_reason":"end_turn"})"),
      respond_json(200, R"({"choices":[{"message":{"content":"4"},
          "finish_reason":"sk-0123456789"}]})"),
  };
  for (const Service& service : kServices) {
    for (const Answer& answer : answers) {
      CAPTURE(service.spec);
      CAPTURE(answer.steps[0].bytes);
      FakeServer server([&](const HttpRequest&) { return answer; });
      BackendOptions options = keyed(server);
      options.api_key = key;
      options.max_attempts = 1;
      options.silence_s = 0;  // so that the eighth failure comes with a notice
      const Served served = serve_by(service.spec, requests_for(sums(3), 3), options);
      const std::string said = everything_said(served);
      CHECK_FALSE(said.empty());
      CHECK(said.find(key) == std::string::npos);
      const auto backend = make_backend(service.spec, options);
      CHECK((*backend)->identity().find(key) == std::string::npos);
    }
  }
}
